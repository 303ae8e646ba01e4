"""What a mutant of a q file is: one token replaced by another of its kind, or left out."""

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from tests.rdb.q.errors import Unsupported
from tests.rdb.q.parser import parse_script
from tests.rdb.q_source import KEYWORDS, Malformed, Q, Token, statements, tokenized

# aws.q runs the AWS CLI, and session.q is a test itself.
FILES = ("door.q", "gateway.q", "highwater.q", "logstream.q", "tickerplant.q", "writedown.q")
_PAIRS = (
    ("<", ">"), ("+", "-"), ("*", "%"), ("&", "|"), ("_", "#"), ("and", "or"), ("any", "all"),
    ("first", "last"), ("min", "max"), ("div", "mod"), ("in", "like"), ("except", "inter"), ("each", ""),
    ("key", "value"), ("count", "sum"), ("select", "exec"), ("insert", "set"), ("where", ""), ("til", ""),
    ("xasc", "xdesc"), ("sublist", "_"), ("neg", ""), ("sum", "max"), ("mod", "div"), ("string", ""),
)  # fmt: skip
_SWAPPED = dict(_PAIRS) | {right: left for left, right in _PAIRS if right}
_LEFT_OUT = frozenset({"not", "distinct", "0N", "enlist", "raze", "abs", "reverse"})
_LITERALS = {
    "0b": "1b", "1b": "0b", "00b": "11b", "0N": "0", "0W": "0N", "0Wp": "0Np", "0Ni": "0i", "0Np": "0Wp",
    "1f": "2f",
}  # fmt: skip


class Mutant(NamedTuple):
    """One break of a file: at that line and column (both from one), `right` has become `wrong`."""

    file: str
    line: int
    column: int
    right: str
    wrong: str

    def __str__(self) -> str:
        what = f"becomes {self.wrong}" if self.wrong else "is left out"
        return f"{self.file}:{self.line}:{self.column} {self.right} {what}"

    def text(self) -> str:
        """Return the text of the broken file."""
        lines = (Q / self.file).read_text().splitlines(keepends=True)
        line, at = lines[self.line - 1], self.column - 1
        lines[self.line - 1] = line[:at] + self.wrong + line[at + len(self.right) :]
        return "".join(lines)


def sample(number: int, seed: int) -> list[Mutant]:
    """Choose so many mutants: of any token of the files that has one, one of its own. All of them parse."""
    random = Random(seed)
    places = [
        (file, tokens, at, statement)
        for file in FILES
        for tokens in (tokenized((Q / file).read_text(), file)[0],)
        for statement in statements(tokens)
        for at in range(len(statement))
    ]
    random.shuffle(places)
    chosen: list[Mutant] = []
    for file, tokens, at, statement in places:
        if len(chosen) == number:
            break
        wrong = list(_wrong(statement, at, tokens, random))
        if wrong and _parses(mutant := _made(file, statement[at], random.choice(wrong))):
            chosen.append(mutant)
    return chosen


def _made(file: str, token: Token, wrong: str) -> Mutant:
    return Mutant(file, token.line, token.column + 1, token.text, wrong)


def _parses(mutant: Mutant) -> bool:
    try:
        parse_script(mutant.text(), mutant.file)
    except (Malformed, Unsupported):
        return False
    return True


def _wrong(statement: Sequence[Token], at: int, tokens: Sequence[Token], random: Random) -> Iterator[str]:
    """Yield what may stand in a token's place."""
    token = statement[at]
    before = statement[at - 1] if at else None
    match token.kind:
        case "number":
            yield from _numbers(token.text, tokens, random)
        case "string":
            yield '"x"' if token.text == '""' else '""'
        case "symbol":
            yield from _another(token, tokens, random, lambda one: one.kind == "symbol")
        case "name" if token.text in KEYWORDS:
            if token.text in _SWAPPED:
                yield _SWAPPED[token.text]
            if token.text in _LEFT_OUT:
                yield ""
            if token.text == "null":
                yield "not null"
        case "name":
            local = "." not in token.text
            names = [one for one in (statement if local else tokens) if one.kind == "name"]
            yield from _another(
                token,
                names,
                random,
                lambda one: one.text not in KEYWORDS and ("." not in one.text) == local,
            )
        case "operator":
            yield from _operators(token, before, statement[at + 1 : at + 2])


def _numbers(text: str, tokens: Sequence[Token], random: Random) -> Iterator[str]:
    if text in _LITERALS:
        yield _LITERALS[text]
    elif text.isdigit():
        yield str(int(text) + 1)
        if int(text):
            yield str(int(text) - 1)
    elif re.fullmatch(r"\d+h", text):
        yield f"{int(text[:-1]) + 1}h"
    elif re.match(r"\d+D", text):
        alike = [one.text for one in tokens if re.match(r"\d+D", one.text) and one.text != text]
        yield random.choice(alike) if alike else "0D00:00:00"


def _another(
    token: Token, among: Sequence[Token], random: Random, fits: Callable[[Token], bool]
) -> Iterator[str]:
    """Yield one other token of those that fit."""
    if others := sorted({one.text for one in among if fits(one) and one.text != token.text}):
        yield random.choice(others)


def _operators(token: Token, before: Token | None, after: Sequence[Token]) -> Iterator[str]:
    follows = after[0] if after else None
    alone = before is None or before.text in (";", "[", "{", ")", "}") or before.line < token.line
    match token.text:
        case "=" if before and before.text in "<>" and _touch(before, token):
            yield ""
        case "=":
            yield from "<>"
        case "~":
            yield "<>"
        case ":" | "'" if alone and follows and _touch(token, follows):
            # An early return, or an error that is signalled.
            yield ""
        case "," | "^" | "!":
            yield "&"
        case text if text in _SWAPPED:
            yield _SWAPPED[text]


def _touch(left: Token, right: Token) -> bool:
    return left.line == right.line and left.column + len(left.text) == right.column
