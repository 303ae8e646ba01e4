"""What must be true of a cluster of q processes after each step; Broken says which RDB breaks it, and how."""

import re

from .cluster import TABLES, Cluster, Rdb
from .values import Table, elements

# What the files may say, and what q may say when the network or a disk fails.
EXPECTED = re.compile(
    r"Connection refused|hop\. OS|: timeout|No space left|No such file|cannot send|hangs up on"
    r"|the log cannot be written|cannot start|cannot load|rows that are here alone|highwater\.\w+: os$|: os$"
)


class Broken(AssertionError):
    """A promise is broken."""


def check(cluster: Cluster, safe: int) -> None:
    """Check all that holds at any time; `safe` is the last index in the historical database."""
    logged = cluster.logged()
    for rdb in cluster.rdbs.values():
        if rdb.host_lives and rdb.process.alive and rdb.process.port:
            _has_its_window(cluster, rdb, logged)
            _drained_is_empty_and_safe(rdb, safe)
        _said_what_is_expected(rdb.id, rdb.process.said, rdb.process.errors)
    if stream := cluster.stream:
        _said_what_is_expected("logstream", stream.said, stream.errors)
    _said_what_is_expected("tickerplant", cluster.tickerplant.said, cluster.tickerplant.errors)
    if cluster.tickerplant.alive:
        _windows_tile(cluster, safe)


def _has_its_window(cluster: Cluster, rdb: Rdb, logged: list[tuple[str, list[int]]]) -> None:
    """Rows are those of its window, each once, unless it is drained, or the log has lost what it took."""
    first, last = rdb.read("firstIndex"), rdb.read("lastIndex")
    state = rdb.read("state")
    if state == "drained" or first < 0 or rdb.read("orphaned") or rdb.saved or last > len(logged):
        return
    if _may_be_orphaned(cluster, rdb):
        return
    if rdb.read("left") and not any(rdb.rows(name) for name in TABLES):
        # It has emptied itself and another table keeps it, or the marker cannot be written.
        return
    for name in TABLES:
        wanted = [row for table, rows in logged[first:last] if table == name for row in rows]
        found = rdb.rows(name)
        if found != wanted:
            raise Broken(f"{rdb.id}, {state}: {name} of ({first}, {last}] is {_differs(found, wanted)}")


def _differs(found: list[int], wanted: list[int]) -> str:
    lost = sorted(set(wanted) - set(found))
    more = sorted(set(found) - set(wanted))
    return f"without {lost[:5]} and with {more[:5]} of others, {len(found)} rows instead of {len(wanted)}"


def _may_be_orphaned(cluster: Cluster, rdb: Rdb) -> bool:
    """Tell if it has not heard yet that a tickerplant started with less than it holds."""
    return lost_some(cluster, rdb.read("epoch"), rdb.read("lastIndex"))


def lost_some(cluster: Cluster, epoch: int, last: int) -> bool:
    """Tell if a tickerplant started after that epoch with less than up to that index."""
    starts = getattr(cluster.disk.stored("/hw/starts"), "items", ())
    return any(last > start for start in starts[max(0, epoch) :])


def _drained_is_empty_and_safe(rdb: Rdb, safe: int) -> None:
    if rdb.read("state") != "drained":
        return
    held = sum(len(rdb.rows(name)) for name in TABLES)
    if held:
        raise Broken(f"{rdb.id} says drained and holds {held} rows")
    if max(rdb.read("windowEnd"), rdb.read("lastIndex")) > safe:
        raise Broken(f"{rdb.id} says drained; its window ends at {rdb.read('windowEnd')}, safe is {safe}")


def _said_what_is_expected(name: str, said: list[str], errors: list[str]) -> None:
    for text in [*said, *errors]:
        if not EXPECTED.search(text):
            raise Broken(f"{name} said: {text}")


def _windows_tile(cluster: Cluster, safe: int) -> None:
    """Each index that is not safe yet is in exactly one window, and one window is open."""
    table = cluster.tickerplant.names.get(".tp.windows")
    assert isinstance(table, Table)
    firsts, lasts = (
        [getattr(one, "value", 0) for one in elements(table.columns[name])]
        for name in ("firstIndex", "lastIndex")
    )
    if [last < 0 for last in lasts].count(True) != 1 or lasts[-1] >= 0:
        raise Broken(f"windows are not open at the end: {lasts}")
    reached = 0
    for first, last in zip(firsts, lasts, strict=True):
        if first > reached and reached < safe:
            reached = min(first, safe)
        if first != reached and not (first < reached <= safe):
            raise Broken(f"windows do not tile: one begins at {first}, {reached} was reached, safe is {safe}")
        reached = last
