"""Builds the command lines of aws.q as q would: literals joined by commas, from right to left."""

from collections.abc import Mapping, Sequence

from tests.rdb.q_source import Malformed, Source, Token, arguments

QUOTED = ".util.sys.quoted"


def commands(source: Source) -> list[str]:
    """The names of the functions that build a command line."""
    return [name for name in source.definitions if name.endswith("Command")]


def command_line(source: Source, name: str, values: Sequence[str]) -> str:
    """The string that a function of aws.q returns. Raises Malformed for a body that is no join."""
    body = source.body(name)
    if body[0].text != "{" or body[1].text != "[":
        raise Malformed(f"{name} has no signature")
    parameters = [token.text for argument in arguments(body, 1) for token in argument]
    # A name takes two tokens with its semicolon; the closing brace and its own semicolon end the body.
    begin = 3 + max(0, 2 * len(parameters) - 1)
    return _joined(body[begin:-2], dict(zip(parameters, values, strict=True)))


def unescaped(literal: str) -> str:
    """The text that a q string stands for."""
    return literal[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def _joined(tokens: Sequence[Token], names: Mapping[str, str]) -> str:
    if not tokens:
        raise Malformed("a join of nothing")
    first, rest = tokens[0], tokens[1:]
    if first.text in (QUOTED, "string"):
        if rest and rest[0].text == "[":
            (argument,) = arguments(tokens, 1)
            return _rest(_applied(first.text, _joined(argument, names)), tokens[3 + len(argument) :], names)
        return _applied(first.text, _joined(rest, names))
    if first.kind == "string":
        return _rest(unescaped(first.text), rest, names)
    if first.kind == "name" and first.text in names:
        return _rest(names[first.text], rest, names)
    raise Malformed(f"line {first.line}: {first.text} in a command line")


def _rest(value: str, tokens: Sequence[Token], names: Mapping[str, str]) -> str:
    if not tokens:
        return value
    if tokens[0].text != ",":
        raise Malformed(f"line {tokens[0].line}: {tokens[0].text} where a comma should be")
    return value + _joined(tokens[1:], names)


def _applied(function: str, text: str) -> str:
    if function == "string":
        return text
    if "'" in text:
        raise Malformed(f"a quote in {text}")
    return f"'{text}'"
