"""The commands that README and docs show: each line of a block, and whole commands between backticks."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from highwater.checkout import ROOT

PAGES = [page for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]) if page.stem != "CHANGELOG"]
# How a block without a language begins that is no command, but what is printed, drawn or written in a file.
PRINTED = (
    " RDB --report-->",
    "ok       control plane",
    "start,end,zone",
    " 1 same      ",
    " 9 same      ",
    " Estimate in USD",
    '{"at": "09:30"',
    "09:30:00 event:",
    "Releases: this checkout ",
)
# Sessions with q, which tests/rdb/test_q_session.py and test_q_gateway_played.py play in the evaluator.
WITH_Q = re.compile(
    r"q\)|\$ (?:HIGHWATER_\w+=\S+ )*(?:q|cat|cd rdb/q) |\w+\$ |export HIGHWATER_LOGS=|mkdir -p /tmp/hw"
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
# Without an option or an operand a program of ours, and a call of AWS, are only spoken of.
INLINE = re.compile(
    r"`("
    r"(?:\.venv/bin/)?highwater \w+ [^`]+"
    r"|(?:\.venv/bin/)?python -m \w+ \w* ?[-/][^`]*"
    r"|make \w+[^`]*"
    r"|aws [^`]* --[^`]+"
    r")`"
)


class Shown(NamedTuple):
    """A command as it is typed, without prompt and comment, and the page that shows it."""

    page: str
    line: str


def shown() -> list[Shown]:
    """Return each command of each page once, in the order of the page."""
    return list(dict.fromkeys(Shown(page.name, line) for page in PAGES for line in _lines(page.read_text())))


def _lines(text: str) -> Iterator[str]:
    for language, body in BLOCK.findall(text):
        if not language and not body.startswith(PRINTED) and not WITH_Q.match(body):
            yield from _typed(body)
    for line in INLINE.findall(BLOCK.sub("", text)):
        yield " ".join(line.split())


def _typed(body: str) -> Iterator[str]:
    lines = re.sub(r" *\\\n *", " ", body).splitlines()
    # Where prompts are shown, the other lines were printed.
    if prompted := [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]:
        lines = prompted
    for line in lines:
        if typed := re.sub(r"(^|\s+)#\s.*$", "", line).strip():
            yield typed
