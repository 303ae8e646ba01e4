"""The write-down killed between any two steps and started again: no row is lost, none is there twice."""

from collections.abc import Sequence

from tests.rdb.q.cluster import Cluster
from tests.rdb.q.database import PARTS, Writer

FIRST, SECOND = "2026.11.23", "2026.11.24"
DAY, NEXT = [10 * one for one in range(1, 11)], [10 * one for one in range(11, 14)]


def closed(cluster: Cluster, ends: Sequence[int]) -> None:
    """Let windows be closed at these updates, as RDBs do that roll."""
    firsts = " ".join(str(one) for one in (0, *ends))
    lasts = " ".join(str(one) for one in (*ends, "0N"))
    names = "`a" * len(ends) + "`"
    text = f".tp.windows: ([] id: {names}; firstIndex: {firsts}; lastIndex: {lasts}); .tp.storeWindows[]"
    cluster.tickerplant.evaluate(text)


def ended_day() -> Cluster:
    """Build a log of two segments whose first day has ended, with windows of both days."""
    cluster = Cluster()
    for at in range(10):
        cluster.feed(table="quote" if at in (2, 8) else "trade")
    cluster.next_day()
    cluster.run(2)
    for _ in range(4):
        cluster.feed()
    closed(cluster, [4, 13])
    cluster.run(1)
    return cluster


def running_day() -> Cluster:
    """Build one of which parts are written before its day ends."""
    cluster = Cluster()
    for _ in range(10):
        cluster.feed()
    closed(cluster, [4, 9])
    cluster.run(1)
    return cluster


def watched(writer: Writer, seconds: int) -> None:
    """Let time pass; RDBs must never be told of less, nor of what nobody can ask for."""
    for _ in range(seconds):
        before = writer.persisted
        writer.cluster.run(1)
        assert writer.persisted >= before
        assert writer.persisted <= writer.loaded()
        if not writer.process.alive:
            writer.start()


def on_disk(steps: Sequence[str]) -> None:
    """What was read is on the log's disk before, and a partition before it is moved, and after."""
    first = next(at for at, step in enumerate(steps) if step.startswith("/hdb/writing/"))
    assert "sync -f /hw" in steps[:first]
    moved = steps.index(f"mv -T /hdb/writing /hdb/db/{FIRST}")
    assert (steps[moved - 1], steps[moved + 1]) == ("sync -f /hdb/writing", "sync -f /hdb/db")


def steps_of(writer: Writer) -> int:
    return len(writer.process.steps)


def test_a_day_is_written_once_wherever_the_write_down_is_killed() -> None:
    whole = Writer(ended_day())
    watched(whole, 12)
    wanted = (whole.all_rows(), whole.persisted)
    assert (sorted(wanted[0]), wanted[1]) == (DAY, 10)
    on_disk(whole.process.steps)
    for lives in range(steps_of(whole)):
        writer = Writer(ended_day(), lives=lives)
        watched(writer, 13)
        found = (writer.all_rows(), writer.persisted)
        assert (found, writer.broken()) == (wanted, []), f"killed before {whole.process.steps[lives]}"
        assert writer.partitions() == [FIRST]


def test_a_running_day_is_in_exactly_one_database_wherever_the_write_down_is_killed() -> None:
    whole = Writer(running_day(), intraday=True)
    watched(whole, 12)
    assert whole.rows("1", folder=PARTS) == DAY[:9]
    turned(whole)
    for lives in range(steps_of(whole)):
        writer = Writer(running_day(), intraday=True, lives=lives)
        watched(writer, 13)
        turned(writer)


def turned(writer: Writer) -> None:
    """Let the day end, and check that it has left the database of the running one."""
    cluster = writer.cluster
    cluster.next_day()
    cluster.run(2)
    for _ in range(3):
        cluster.feed()
    closed(cluster, [4, 9, 13])
    watched(writer, 18)
    parts = [row for one in writer.partitions(PARTS) for row in writer.rows(one, folder=PARTS)]
    assert (writer.all_rows(), parts, writer.persisted, writer.broken()) == (DAY, NEXT, 13, [])


def test_one_that_is_killed_again_and_again_gets_there_all_the_same() -> None:
    writer = Writer(ended_day(), lives=5)
    for lives in range(5, 32, 3):
        writer.cluster.run(6)
        writer.start(lives)
    watched(writer, 24)
    assert (sorted(writer.all_rows()), writer.persisted) == (DAY, 10)
