"""How much memory there must be for what, told in the evaluator."""

import pytest

from tests.rdb.q.cluster import Cluster
from tests.rdb.q.errors import QError
from tests.rdb.q.gate import Gateway
from tests.rdb.q.scenes import feed, rows, scene, state
from tests.rdb.q.walk import ROOMY
from tests.rdb.q.writedown import WriteDown
from tests.rdb.test_q_gateway import seen

# A table with so many rows.
LONGS = "big: ([] n: {0}#0)"
GUIDS = "big: ([] id: {0}#0Ng)"
BOTH = "big: ([] n: {0}#0; id: {0}#0Ng)"


def test_rows_of_an_ended_day_stay_while_there_is_no_room_to_copy_the_others() -> None:
    cluster, (live,) = scene(rdbs=1)
    write_down = WriteDown(cluster)
    gateway = Gateway(cluster)
    feed(cluster, 3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 2)
    live.process.memory = (64 * 2**20, 0)
    live.process.evaluate(".highwater.rollThreshold: 101f")
    write_down.step()
    cluster.run(2)
    assert (live.read("firstIndex"), rows(live)) == (0, 5)
    assert "no room to drop rows of trade" in " ".join(live.process.said)
    # Nothing is dropped yet, so it answers for all.
    assert seen(gateway, "0 0W") == "5"
    live.process.memory = ROOMY
    cluster.run(2)
    assert (live.read("firstIndex"), rows(live)) == (3, 2)


def test_who_has_dropped_one_table_and_lacks_room_for_the_next_answers_for_none_until_it_has_it() -> None:
    cluster, (live,) = scene(rdbs=1)
    gateway = Gateway(cluster)
    for table in ("quote", "trade"):
        cluster.feed(table=table)
    cluster.run(1)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 1)
    live.process.memory = (64 * 2**20, 0)
    live.process.evaluate(".highwater.rollThreshold: 101f; .highwater.persisted:{[] 2}")
    cluster.run(2)
    # What stays of the other one takes nothing.
    assert (len(live.rows("quote")), len(live.rows("trade"))) == (0, 2)
    assert seen(gateway, "0 0W") == "gap: updates 1 to 3: i-0 does not hold all of them, live"
    live.process.memory = ROOMY
    cluster.run(2)
    assert seen(gateway, "2 0W") == "1"


@pytest.mark.parametrize(
    ("most", "columns"), [(64, LONGS), (32, GUIDS), (21, BOTH)], ids=["longs", "guids", "both"]
)
def test_room_for_a_copy_is_room_for_the_bytes_of_each_column_twice(most: int, columns: str) -> None:
    _, (live,) = scene(rdbs=1)
    live.process.memory = (100, 1)
    live.process.evaluate(columns.format(most + 3))
    live.process.evaluate(".highwater.checkRoom[`big;3]")
    with pytest.raises(QError, match="no room to drop rows of big"):
        live.process.evaluate(".highwater.checkRoom[`big;2]")


@pytest.mark.parametrize("largest", [LONGS.format(126), GUIDS.format(63)])
def test_with_nobody_standing_by_the_live_one_goes_on_to_the_hard_threshold_while_a_vector_could_double(
    largest: str,
) -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    live.process.memory = (30, 3)
    feed(cluster, 1)
    assert state(cluster, live) == "`live"
    # Its largest vector takes 1,024 bytes with q's header, doubled 2,048, and 3,072 are free.
    live.process.evaluate(f".highwater.fed,: `big; {largest}")
    cluster.run(1)
    assert state(cluster, live) == "`live"
    live.process.evaluate("big: big, 1#big")
    cluster.run(1)
    assert state(cluster, live) == "`rolled"


def test_above_the_hard_threshold_or_with_a_standby_the_live_one_rolls() -> None:
    for available, rdbs, wanted in (
        (9_000, 1, "`live"),
        (8_000, 1, "`rolled"),
        (16_000, 2, "`live"),
        (15_000, 2, "`rolled"),
    ):
        cluster, (live, *_) = scene(rdbs=rdbs)
        feed(cluster, 3)
        live.process.memory = (100_000, available)
        cluster.run(1)
        assert state(cluster, live) == wanted


@pytest.mark.parametrize(("size", "taken"), [(10_000, 1), (9_999, 3)])
def test_whoever_reads_the_log_looks_at_the_memory_after_an_update_of_very_many_rows(
    size: int, taken: int
) -> None:
    cluster = Cluster()
    for _ in range(3):
        cluster.feed(size)
    rdb = cluster.launch()
    rdb.process.memory = (100, 1)
    cluster.run(6)
    assert (rdb.read("lastIndex"), state(cluster, rdb)) == (taken, "`rolled")
