"""The q files, as far as reading can tell; test_q_walks.py and its like run them in an evaluator."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Error, String

from tests.rdb.q_source import (
    END,
    KEYWORDS,
    SYSTEM,
    Function,
    Malformed,
    Q,
    Source,
    arguments,
    read,
    sources,
    statements,
    tokenized,
)

SOURCES = sources()
OURS = (".highwater.", ".tp.", ".gateway.", ".logstream.", ".door.", ".util.", ".u.", ".writedown.")
DOCUMENTED = set(
    re.findall(
        r"\.(?:highwater|tp|gateway|util|u|writedown)(?:\.\w+)+", (Q.parents[1] / "docs" / "q.md").read_text()
    )
)
# What subscribers of tick define.
OF_SUBSCRIBERS = {".u.end"}
# What the log calls: -11! looks it up in the root.
ROOT = {"upd"}
DEFINED = {name: source for source in SOURCES for name in source.definitions if name not in ROOT}
TABLES = {
    name: {token.text for token, after in pairwise(value) if token.kind == "name" and after.text == ":"}
    for source in SOURCES
    for name, value in source.definitions.items()
    if [token.text for token in value[:3]] == ["(", "[", "]"]
}

each_file = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.path.name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("f:{[x]\n  x+1;\n  (x;2]\n  }", "closes nothing"),
        ("f:{[x]\n  x+1", "never closed"),
        ("f:{[x]\nx+1 }", "not indented inside"),
        ("a:1\n  b:2", "indented outside"),
        ('a:"one\nb:2', "does not end"),
        ('a:"one\\q"', "no token"),
        ("a:1\n/\nb:2", "begins or ends a block"),
        ("f:{[x]\n\n  x }", "an empty line"),
    ],
)
def test_the_reader_refuses_what_q_would_not_read_as_it_looks(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        tokenized(text)


def test_the_reader_refuses_a_second_definition(tmp_path: Path) -> None:
    (tmp_path / "twice.q").write_text("a: 1;\na: 2;\n")
    with pytest.raises(Malformed, match="defined twice"):
        read(tmp_path / "twice.q")


def test_the_reader_tells_comments_from_iterators_and_strings() -> None:
    tokens, comments = tokenized('f:+/ 1 2 / the sum\ng:"a / b" / text\nh:x/:y')
    assert [comment.text for comment in comments] == ["/ the sum", "/ text"]
    assert '"a / b"' in [token.text for token in tokens]


@each_file
def test_each_file_reads_the_same_for_pygments(source: Source) -> None:
    found = list(get_lexer_by_name("q").get_tokens(source.path.read_text()))
    assert [text for kind, text in found if kind is Error] == []
    assert [text for kind, text in found if kind in Comment.Single] == [c.text for c in source.comments]
    quoted = "".join(text for kind, text in found if kind in (String.Double, String.Escape))
    assert quoted == "".join(token.text for token in source.tokens if token.kind == "string")


@each_file
def test_every_name_with_a_namespace_is_defined_or_is_of_q(source: Source) -> None:
    assert {name for name in dotted(source) if name not in source.definitions and name not in SYSTEM} == set()


@each_file
def test_every_name_in_a_message_is_defined_by_who_gets_it(source: Source) -> None:
    assert {name for name in symbols(source) if name not in DEFINED} - OF_SUBSCRIBERS == set()


@each_file
def test_every_message_has_as_many_arguments_as_its_function_takes(source: Source) -> None:
    wrong = []
    for at, (bracket, symbol) in enumerate(pairwise(source.tokens)):
        name = symbol.text.removeprefix("`")
        ours = name.startswith(OURS) and name not in OF_SUBSCRIBERS
        if bracket.text == "(" and symbol.kind == "symbol" and ours:
            given = len(arguments(source.tokens, at)) - 1
            if given != max(1, len(parameters(DEFINED[name], name))):
                wrong.append((symbol.line, name, given))
    assert wrong == []


@each_file
def test_no_call_gives_more_arguments_than_its_function_takes(source: Source) -> None:
    wrong = []
    for at, (name, bracket) in enumerate(pairwise(source.tokens)):
        value = source.definitions.get(name.text, [])
        if bracket.text == "[" and value and value[0].text == "{":
            given = len(arguments(source.tokens, at + 1))
            if given > max(1, len(parameters(source, name.text))):
                wrong.append((name.line, name.text, given))
    assert wrong == []


@each_file
def test_every_definition_is_used_or_documented(source: Source) -> None:
    used = {name for other in SOURCES for name in [*dotted(other, defining=False), *symbols(other)]}
    assert set(source.definitions) - used - DOCUMENTED - ROOT - SYSTEM == set()


@each_file
def test_a_function_has_at_most_eight_parameters(source: Source) -> None:
    assert max(len(function.parameters) for function in source.functions) <= 8


@each_file
def test_a_function_uses_only_its_own_names_since_q_has_no_closures(source: Source) -> None:
    strangers = []
    for function in source.functions:
        known = {*function.parameters, *function.locals, *columns(function), *KEYWORDS}
        strangers += [
            (token.line, token.text)
            for token in function.tokens
            if token.kind == "name" and "." not in token.text and token.text not in known | ROOT
        ]
    assert strangers == []


@each_file
def test_no_name_of_q_is_taken(source: Source) -> None:
    for function in source.functions:
        assert {*function.parameters, *function.locals} & KEYWORDS == set()


@each_file
def test_no_parameter_or_local_hides_behind_a_column_of_a_query(source: Source) -> None:
    for function in source.functions:
        assert {*function.parameters, *function.locals} & columns(function) == set()


def messages(name: str) -> set[str]:
    """What a file sends to others by name: a list that begins with a symbol of ours."""
    (source,) = (source for source in SOURCES if source.path.name == name)
    pairs = pairwise(source.tokens)
    return {
        symbol.text[1:]
        for bracket, symbol in pairs
        if bracket.text == "(" and symbol.kind == "symbol" and symbol.text[1:].startswith(OURS)
    }


def words(name: str) -> set[str]:
    """What a file lets others call: every symbol of ours in the statements that set its words."""
    (source,) = (source for source in SOURCES if source.path.name == name)
    setting = [one for one in statements(source.tokens) if one[0].text.endswith(".words")]
    assert setting
    return {token.text[1:] for one in setting for token in one if token.kind == "symbol"}


@pytest.mark.parametrize(
    ("hears", "sends", "besides"),
    [
        ("tickerplant.q", ["highwater.q", "gateway.q"], {".u.upd", ".u.sub"}),
        ("highwater.q", ["tickerplant.q", "logstream.q"], set()),
        ("gateway.q", ["tickerplant.q", "highwater.q"], set()),
        ("logstream.q", ["highwater.q"], set()),
    ],
)
def test_a_q_takes_the_messages_that_the_others_send_it_and_no_others(
    hears: str, sends: list[str], besides: set[str]
) -> None:
    own = {"tickerplant.q": ".tp."}.get(hears, f".{hears}."[:-2])
    sent = {name for file in sends for name in messages(file) if name.startswith(own)}
    assert sent
    assert words(hears) == sent | besides


@pytest.mark.parametrize(
    ("name", "handlers"),
    [
        ("tickerplant.q", {".z.pg": ".tp.heed", ".z.ps": ".tp.heed"}),
        ("highwater.q", {".z.pg": ".highwater.answer", ".z.ps": ".highwater.hear"}),
        ("gateway.q", {".z.pg": ".gateway.answer", ".z.ps": ".gateway.hear"}),
        ("logstream.q", {".z.pg": "ask asynchronously", ".z.ps": ".logstream.heed"}),
        ("writedown.q", {".z.pg": ".writedown.heed", ".z.ps": ".writedown.heed"}),
    ],
)
def test_a_message_reaches_q_past_the_list_of_words_alone(name: str, handlers: dict[str, str]) -> None:
    (source,) = (source for source in SOURCES if source.path.name == name)
    for handler, guard in handlers.items():
        assert guard in " ".join(token.text for token in source.body(handler))


def test_only_who_takes_passwords_from_the_file_opens_a_connection() -> None:
    opening = [
        (source.path.name, name)
        for source in SOURCES
        for name, value in source.definitions.items()
        if any(token.text == "hopen" for token in value)
    ]
    # A file: the fifo of the kernel, and a segment of the log.
    files = [("highwater.q", ".highwater.slurp"), ("tickerplant.q", ".tp.openLog")]
    files += [("tickerplant.q", f".tp.{name}") for name in ("makeDayLog", "openDayLog", "sync")]
    # Its q's have no passwords.
    files.append(("session.q", ".session.open"))
    dials = [(f"{name}.q", f".{name}.dial") for name in ("gateway", "highwater", "writedown")]
    assert sorted(opening) == sorted([*files, *dials])


def dotted(source: Source, *, defining: bool = True) -> Iterator[str]:
    """Names with a dot, with or without those that begin a definition."""
    for token, after in pairwise([*source.tokens, END]):
        defines = after.text == ":" and token.column == 0
        if token.kind == "name" and "." in token.text and (defining or not defines):
            yield token.text


def symbols(source: Source) -> Iterator[str]:
    """Symbols that name something of ours."""
    for token in source.tokens:
        if token.kind == "symbol" and token.text[1:].startswith(OURS):
            yield token.text[1:]


def parameters(source: Source, name: str) -> list[str]:
    """The names between the brackets of a function's signature; of a function alone."""
    value = source.definitions[name]
    assert [token.text for token in value[:2]] == ["{", "["], f"{name} is no function with a signature"
    return [token.text for argument in arguments(value, 1) for token in argument]


def columns(function: Function) -> set[str]:
    """The columns of the tables that the function's queries are of."""
    pairs = pairwise([END, *function.tokens])
    return {
        column
        for before, token in pairs
        if before.text == "from"
        for column in TABLES[token.text.lstrip("`")]
    }
