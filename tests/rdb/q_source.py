"""Reads q source: tokens by q's rules for comments, strings and symbols, and what is defined and used where.

No interpreter: what it finds is what a reader of the text could find.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

Q = Path(__file__).resolve().parents[2] / "rdb" / "q"

# The keywords of KX's reference card, and the control words.
KEYWORDS = frozenset((Path(__file__).parent / "q_keywords.txt").read_text().split())
# What q itself has under a dotted name, as far as these files use it.
SYSTEM = frozenset(
    {".j.k", ".Q.en", ".Q.gc", ".Q.n", ".Q.s1", ".Q.w"}
    | {
        f".z.{name}"
        for name in ("K", "W", "a", "d", "i", "n", "p", "pc", "pg", "ph", "pp", "ps", "pw", "ts", "w", "x")
    }
)
OPEN = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)|(?P<newline>\n)
    |(?P<string>"(?:[^"\\\n]|\\(?:["\\nrt]|[0-7]{3}))*")
    |(?P<symbol>`(?::[\w./:]*|[A-Za-z.][\w.]*)?)
    |(?P<number>[0-9][A-Za-z0-9.:]*)
    |(?P<name>\.?[A-Za-z][\w.]*)
    |(?P<bracket>[()\[\]{}])
    |(?P<operator>[-+*%&|^=<>~,#_!@$?.':;/\\])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """One token; `line` counts from one, `column` from zero."""

    kind: str
    text: str
    line: int
    column: int


END = Token("end", "", 0, 0)


class Malformed(Exception):
    """The text is not q: says where and why."""


@dataclass
class Function:
    """One lambda: its own tokens without those of lambdas inside, which are scopes of their own in q."""

    parameters: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    @property
    def locals(self) -> set[str]:
        """Undotted names that the body assigns; a column that a query assigns is none."""
        tokens = [END, *self.tokens, END]
        return {
            token.text
            for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
            if token.kind == "name" and "." not in token.text and after.text == ":"
            if before.text not in ("update", "select", "exec")
        }


@dataclass
class Source:
    """One file."""

    path: Path
    tokens: list[Token]
    comments: list[Token]
    definitions: dict[str, list[Token]]
    top: Function
    functions: list[Function]

    def body(self, name: str) -> list[Token]:
        """The tokens of a definition's value. Raises KeyError."""
        return self.definitions[name]


def sources() -> list[Source]:
    """Every file of rdb/q, read."""
    return [read(path) for path in sorted(Q.glob("*.q"))]


def read(path: Path) -> Source:
    """One file, read. Raises Malformed."""
    tokens, comments = tokenized(path.read_text(), path.name)
    top, functions = _scopes(tokens)
    return Source(path, tokens, comments, _definitions(tokens), top, functions)


def tokenized(text: str, name: str = "q") -> tuple[list[Token], list[Token]]:
    """Tokens without space, and comments. Raises Malformed for what q would not read as it looks."""
    tokens: list[Token] = []
    comments: list[Token] = []
    stack: list[Token] = []
    for number, line in enumerate(text.splitlines(), 1):
        place = f"{name}:{number}"
        if line.strip() in ("/", "\\"):
            raise Malformed(f"{place}: a lone {line.strip()} begins or ends a block that q skips")
        code, comment = _split(line, place)
        if comment:
            comments.append(Token("comment", comment, number, len(code)))
        if not code.strip():
            if stack and not comment:
                raise Malformed(f"{place}: an empty line inside of a definition")
            continue
        if bool(stack) != code[0].isspace():
            how = "not indented inside of" if stack else "indented outside of"
            raise Malformed(f"{place}: {how} a definition")
        for token in _line_tokens(code, number, place):
            _balance(token, stack, place)
            tokens.append(token)
    if stack:
        raise Malformed(f"{name}:{stack[-1].line}: {stack[-1].text} is never closed")
    return tokens, comments


def arguments(tokens: Sequence[Token], opening: int) -> list[list[Token]]:
    """The parts between the semicolons of the bracket at `opening`."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens[opening:]:
        depth += (token.text in OPEN) - (token.text in OPEN.values()) if token.kind == "bracket" else 0
        if depth == 0:
            return found if found != [[]] else []
        if token.text == ";" and depth == 1:
            found.append([])
        elif token is not tokens[opening]:
            found[-1].append(token)
    raise Malformed("a bracket that is never closed")


def statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Expressions at the top: each begins in column 0."""
    current: list[Token] = []
    for token in tokens:
        if token.column == 0 and current:
            yield current
            current = []
        current.append(token)
    if current:
        yield current


def _split(line: str, place: str) -> tuple[str, str]:
    """Code and comment: a slash begins one at the start of a line or after a space, outside of strings."""
    inside = False
    at = 0
    while at < len(line):
        if inside and line[at] == "\\":
            at += 1
        elif line[at] == '"':
            inside = not inside
        elif line[at] == "/" and not inside and (at == 0 or line[at - 1].isspace()):
            return line[:at], line[at:]
        at += 1
    if inside:
        raise Malformed(f"{place}: a string that does not end")
    return line, ""


def _line_tokens(code: str, number: int, place: str) -> Iterator[Token]:
    at = 0
    while at < len(code):
        if not (match := _TOKEN.match(code, at)):
            raise Malformed(f"{place}: {code[at:]!r} is no token")
        if match.lastgroup != "space":
            yield Token(str(match.lastgroup), match[0], number, at)
        at = match.end()


def _balance(token: Token, stack: list[Token], place: str) -> None:
    if token.kind != "bracket":
        return
    if token.text in OPEN:
        stack.append(token)
    elif not stack or OPEN[stack.pop().text] != token.text:
        raise Malformed(f"{place}: {token.text} closes nothing")


def _scopes(tokens: Sequence[Token]) -> tuple[Function, list[Function]]:
    top, done = Function(), []
    stack = [top]
    skip = 0
    for at, token in enumerate(tokens):
        if skip:
            skip -= 1
        elif token.text == "{" and token.kind == "bracket":
            stack.append(Function())
            if tokens[at + 1].text == "[":
                signature = arguments(tokens, at + 1)
                stack[-1].parameters = [name.text for argument in signature for name in argument]
                skip = 2 + max(0, 2 * len(signature) - 1)
        elif token.text == "}" and token.kind == "bracket":
            done.append(stack.pop())
        else:
            stack[-1].tokens.append(token)
    return top, done


def _definitions(tokens: Sequence[Token]) -> dict[str, list[Token]]:
    found: dict[str, list[Token]] = {}
    for statement in statements(tokens):
        names = []
        while len(statement) > 1 and statement[0].kind == "name" and statement[1].text == ":":
            names.append(statement[0].text)
            statement = statement[2:]
        for name in names:
            if name in found:
                raise Malformed(f"{name} is defined twice")
            found[name] = statement
    return found
