"""The examples of docs/api.md: requests with their answers, as the page shows them."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "api.md"

_HEADING = re.compile(r"^### ([A-Z]+) (/\S*)$", re.M)
_STATUSES = re.compile(r"^Answers: (.*)\.$", re.M)
_EXAMPLE = re.compile(r"^```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<rest>.*?)^```$", re.M | re.S)
_HEADER = re.compile(r"^([A-Z][A-Za-z-]+): (.*)\n", re.M)
# What differs from day to day: ids, and every number, times included.
_VARIES = re.compile(r"i-[0-9a-f]{8,17}|[0-9a-f]{32}|[0-9][0-9T:.Z-]*")


class Example(NamedTuple):
    """One request and the answer that the page shows for it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer: Any


class Route(NamedTuple):
    """One section of the page."""

    method: str
    path: str
    statuses: frozenset[int]
    examples: tuple[Example, ...]


def routes() -> list[Route]:
    """The sections of the page in their order. Raises ValueError for one that does not say its statuses."""
    text = PAGE.read_text()
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return [
        _route(heading[1], heading[2], text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=True)
    ]


def _route(method: str, path: str, section: str) -> Route:
    said = _STATUSES.search(section)
    if said is None:
        raise ValueError(f"docs/api.md: {method} {path} has no line that begins with Answers:")
    statuses = frozenset(int(status) for status in re.findall(r"\d+", said[1]))
    return Route(method, path, statuses, tuple(map(_example, _EXAMPLE.finditer(section))))


def _example(block: re.Match[str]) -> Example:
    request, status, answer = re.split(r"^HTTP (\d{3})\n", block["rest"], maxsplit=1, flags=re.M)
    headers = dict(_HEADER.findall(request))
    body = _HEADER.sub("", request).strip() or None
    return Example(block["method"], block["path"], headers, body, int(status), json.loads(answer))


def shape(value: Any) -> Any:
    """An answer without what differs from day to day: each id and each number is a #."""
    if isinstance(value, dict):
        # By the order of their ids, which differ from day to day: so in any order.
        varying = sorted((shape(inner) for key, inner in value.items() if _VARIES.fullmatch(key)), key=repr)
        fixed = {key: shape(inner) for key, inner in value.items() if not _VARIES.fullmatch(key)}
        return {**fixed, **({"#": varying} if varying else {})}
    if isinstance(value, list | tuple):
        return [shape(inner) for inner in value]
    if isinstance(value, str):
        return _VARIES.sub("#", value)
    return "#" if isinstance(value, int | float) and not isinstance(value, bool) else value


def renamed(shown: Any, seen: Any) -> dict[str, str]:
    """The ids that differ between page and day: text of the page to text of the day.

    Ids come in the order of their letters, so like is paired with like, wherever it stands.
    """
    if isinstance(shown, dict) and isinstance(seen, dict):
        items = _alike(list(shown.items()), list(seen.items()))
        pairs = [pair for item in items for pair in zip(*item, strict=True)]
    elif isinstance(shown, list) and isinstance(seen, list):
        pairs = _alike(shown, seen)
    else:
        both = isinstance(shown, str) and isinstance(seen, str) and _VARIES.fullmatch(shown)
        return {shown: seen} if both else {}
    return {old: new for one, other in pairs for old, new in renamed(one, other).items()}


def _alike(shown: list[Any], seen: list[Any]) -> list[tuple[Any, Any]]:
    """Pair what the page shows with what the day answered, by shape."""
    left, pairs = list(seen), []
    for one in shown:
        other = next((candidate for candidate in left if shape(candidate) == shape(one)), None)
        if other is not None:
            left.remove(other)
            pairs.append((one, other))
    return pairs
