"""Lines of text that fit a terminal: tables, and paragraphs with a word in the margin."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

GAP = "  "
MORE = "..."


def table(rows: Iterable[Sequence[str]], width: int, *, right: frozenset[int] = frozenset()) -> list[str]:
    """Return rows as lines with their columns aligned; the columns `right` to the right.

    The last column takes what is left of the width, and goes on in lines of its own.
    """
    cells = [[*row] for row in rows]
    if not cells:
        return []
    last = len(cells[0]) - 1
    widths = [max(len(row[column]) for row in cells) for column in range(last)]
    lines = []
    for row in cells:
        head = GAP.join(
            row[column].rjust(widths[column]) if column in right else row[column].ljust(widths[column])
            for column in range(last)
        )
        lines += paragraph(f"{head}{GAP}", row[last], width)
    return lines


def paragraph(margin: str, text: str, width: int) -> list[str]:
    """Return a text in lines beside a margin, which stands in the first one only."""
    room = max(20, width - len(margin))
    parts = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    rest = " " * len(margin)
    return [f"{margin if at == 0 else rest}{part}".rstrip() for at, part in enumerate(parts)]


def cut(line: str, width: int) -> str:
    """Return a line that is no longer than a terminal is wide."""
    return line if len(line) <= width else f"{line[: width - len(MORE)]}{MORE}"
