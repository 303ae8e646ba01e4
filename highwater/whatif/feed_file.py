"""The file of a real day's feed: the header `minute,updates`, then lines such as 07:30,412.

A third column, `bytes`, may say what the updates of a minute take in memory.
"""

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from highwater.market.feed import Feed
from highwater.market.sessions import clock

HEADERS = (["minute", "updates"], ["minute", "updates", "bytes"])
# Who goes further back than this goes over midnight.
HALF_A_DAY = 12 * 60


class BadFeed(ValueError):
    """A feed file that can't be read; the message names the line and what was expected."""


class FeedFile(NamedTuple):
    """A feed, and the memory of one of its updates if its file says so."""

    feed: Feed
    kib_per_update: float | None = None


class _Row(NamedTuple):
    minute: int
    updates: int
    bytes: int = 0


def read_feed(path: Path, *, over_midnight: bool = False) -> FeedFile:
    """Read a feed from a file with the header `minute,updates` or `minute,updates,bytes`, minutes as HH:MM.

    Its minutes are those of the clock. A file that goes on after midnight with the next day's needs sessions
    that do. Raises BadFeed and OSError.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = _rows(path.name, csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFeed(f"{path.name}: expected lines of UTF-8 text, HH:MM,updates: {error}") from error
    first, last = rows[0].minute, rows[-1].minute
    if first > last and not over_midnight:
        begin, end = clock(60 * first), clock(60 * (last + 1))
        raise BadFeed(
            f"{path.name}: goes from {begin} over midnight to {end}: say so with --session {begin}-{end}"
        )
    feed, took = Feed({row.minute: row.updates for row in rows}), sum(row.bytes for row in rows)
    return FeedFile(feed, took / 1024 / feed.total if took and feed.total else None)


def _rows(name: str, rows: Iterable[list[str]]) -> list[_Row]:
    found: dict[int, _Row] = {}
    columns, above, over_midnight = 0, 0, False
    for number, row in enumerate(rows, 1):
        if number == 1:
            if row not in HEADERS:
                raise BadFeed(f"{name} line 1: expected the header minute,updates, found {','.join(row)!r}")
            columns = len(row)
        else:
            read = _row(f"{name} line {number}", row, columns)
            minute = read.minute
            if minute in found:
                raise BadFeed(f"{name} line {number}: expected each minute once, found {row[0]} again")
            if minute < above:
                if over_midnight or above - minute <= HALF_A_DAY:
                    order = f"{row[0]} is before the line above, {clock(60 * above)}"
                    raise BadFeed(f"{name} line {number}: expected the order of the clock, {order}")
                over_midnight = True
            found[minute], above = read, minute
    if not found:
        raise BadFeed(f"{name} line 1: expected the header minute,updates and at least one row")
    return list(found.values())


def _row(where: str, row: list[str], columns: int) -> _Row:
    if len(row) != columns:
        fields = "two fields, HH:MM and a whole number" if columns == 2 else "HH:MM and two whole numbers"
        raise BadFeed(f"{where}: expected {fields}, found {','.join(row)!r}")
    time, updates, *took = row
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", time):
        raise BadFeed(f"{where}: expected a minute from 00:00 to 23:59, found {time!r}")
    if not re.fullmatch(r"[0-9]{1,15}", updates):
        raise BadFeed(f"{where}: expected a whole number of updates, found {updates!r}")
    if took and not re.fullmatch(r"[0-9]{1,18}", took[0]):
        raise BadFeed(f"{where}: expected a whole number of bytes, found {took[0]!r}")
    return _Row(int(time[:2]) * 60 + int(time[3:]), int(updates), *map(int, took))
