"""Tokens put together as q reads them: vectors, negative numbers, iterators, assignment."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.rdb.q_source import Token

ITERATORS = ("/:", "\\:", "':", "'", "/", "\\")
_PAIRS = ("<=", ">=", "<>", "::", "/:", "\\:", "':")
_ASSIGNING = "+-*%&|,^_#$?!@.~"
_ENDS_NOUN = frozenset({"name", "number", "symbol", "string", "close"})


class Lexeme(NamedTuple):
    """`words` are the parts of a vector of numbers or symbols; `space`: something blank stands before it."""

    kind: str
    text: str
    words: tuple[str, ...]
    line: int
    column: int
    space: bool


END = Lexeme("end", "", (), 0, 0, True)


def lexemes(tokens: Sequence[Token]) -> list[Lexeme]:
    """Return what the parser reads, with an end."""
    done: list[Lexeme] = []
    at = 0
    while at < len(tokens):
        lexeme, used = _next(tokens, at, done)
        at += used
        last = done[-1] if done else END
        if (lexeme.kind == last.kind == "number" and lexeme.space and lexeme.line == last.line) or (
            lexeme.kind == last.kind == "symbol" and not lexeme.space
        ):
            lexeme = last._replace(words=last.words + lexeme.words)
            done.pop()
        done.append(lexeme)
    return [*done, END]


def _next(tokens: Sequence[Token], at: int, done: Sequence[Lexeme]) -> tuple[Lexeme, int]:
    token = tokens[at]
    space = at == 0 or not _touch(tokens[at - 1], token)
    after = tokens[at + 1] if at + 1 < len(tokens) and _touch(token, tokens[at + 1]) else None

    def made(kind: str, text: str, used: int = 1) -> tuple[Lexeme, int]:
        return Lexeme(kind, text, (text,), token.line, token.column, space), used

    match token.kind:
        case "number" if token.text == "0:":
            return made("operator", "0:")
        case "number" | "string" | "name":
            return made(token.kind, token.text)
        case "symbol":
            return made("symbol", token.text[1:])
        case "bracket":
            return made("close" if token.text in ")]}" else "open", token.text)
    pair = token.text + (after.text if after else "")
    # Minus stands between two nouns; after a blank or an operator it belongs to the number.
    begins = not done or space or done[-1].kind not in _ENDS_NOUN
    if token.text == "-" and after and after.kind == "number" and begins:
        return made("number", pair, 2)
    if pair in _PAIRS:
        return made("iterator" if pair in ITERATORS else "operator", pair, 2)
    if token.text in _ASSIGNING and after and after.text == ":":
        return made("assign", token.text, 2)
    return made("iterator" if token.text in "'/\\" else "operator", token.text)


def _touch(left: Token, right: Token) -> bool:
    return left.line == right.line and left.column + len(left.text) == right.column
