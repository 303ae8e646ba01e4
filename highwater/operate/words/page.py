"""The page of `why` as data and as lines: a headline, paragraphs, RDBs, and what to do."""

import msgspec

from highwater.operate.words.lines import paragraph
from highwater.operate.words.plain import clock, instant

NOTHING = "nothing"
MARGIN = 9


class Entry(msgspec.Struct, frozen=True):
    """One RDB: what it is, and in `notes` what to know of it, the last why it is not released."""

    instance_id: str
    state: str
    memory: str
    holds: str
    notes: tuple[str, ...]


class Page(msgspec.Struct, frozen=True):
    """The page: `said` are its paragraphs, each with its word in the margin; `more` tells of hidden RDBs.

    `at` is the time by the API's clock, None where the API says none.
    """

    cluster: str
    at: str | None
    headline: str
    said: tuple[tuple[str, str], ...]
    rdbs: tuple[Entry, ...]
    more: str
    todo: tuple[str, ...]


def lines_of(page: Page, width: int) -> list[str]:
    """Return the page as lines that fit a terminal."""
    when = f", {clock(page.at, instant(page.at))}" if page.at else ""
    lines = paragraph("", f"{page.cluster}{when}: {page.headline}.", width)
    lines.append("")
    for word, text in page.said:
        lines += paragraph(word.ljust(MARGIN), text, width)
    lines += _rdbs(page, width)
    lines += ["", "To do"]
    match page.todo:
        case (only,) if only.startswith(NOTHING):
            return [*lines, *paragraph("", only, width)]
    for number, todo in enumerate(page.todo, 1):
        lines += paragraph(f"{number}. ", todo, width)
    return lines


def _rdbs(page: Page, width: int) -> list[str]:
    """Return an RDB a line, with its notes below it."""
    if not page.rdbs:
        return []
    lines = ["", "RDBs"]
    rows = [(entry.instance_id, entry.state, entry.memory) for entry in page.rdbs]
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for entry, row in zip(page.rdbs, rows, strict=True):
        cells = "  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=True))
        lines += paragraph(f"{cells}  ", entry.holds, width)
        for note in entry.notes:
            lines += paragraph("    ", note, width)
    return lines + (paragraph("", page.more, width) if page.more else [])
