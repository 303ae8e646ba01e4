"""The tickerplant's table of windows, in the evaluator: who is forgotten when, and where each one is."""

from tests.rdb.q.cluster import SHARED, Cluster
from tests.rdb.q.files import Text
from tests.rdb.q.scenes import feed, link_of, restart, rows, scene, state
from tests.rdb.q.show import shown
from tests.rdb.test_q_gateway import die, gateway_scene, seen


def told(cluster: Cluster, text: str) -> list[str]:
    return shown(cluster.network.ask(cluster.tickerplant, text))


def test_a_window_is_forgotten_at_the_end_of_a_day_a_week_after_its_rdb_left_and_no_other() -> None:
    cluster, (first, second, _) = scene(rdbs=3)
    for rdb in (first, second):
        feed(cluster, 3)
        cluster.ask(rdb, ".highwater.drain[]")
        cluster.run(3)
    assert [state(cluster, one) for one in (first, second)] == ["`rolled", "`rolled"]
    # The file of the second one has no time that can be read: its age is not known.
    cluster.disk.files[f"{SHARED}/drained/{second.id}"] = Text(("long ago",))
    cluster.next_day()
    cluster.run(3)
    assert [one for one, _, _ in cluster.windows()] == ["i-0", "i-1", "i-2"]
    cluster.network.now += 6 * 86400 * 10**9
    cluster.run(3)
    assert [one for one, _, _ in cluster.windows()] == ["i-0", "i-1", "i-2"]
    cluster.network.now += 2 * 86400 * 10**9
    cluster.run(3)
    assert [one for one, _, _ in cluster.windows()] == ["i-1", "i-2"]
    assert told(cluster, "exec first index from .tp.clock") == ["3"]


def test_an_rdb_that_comes_back_elsewhere_is_found_there() -> None:
    cluster, (first, _), gateway = gateway_scene()
    first.process.port = 5011
    link = link_of(cluster, first)
    cluster.network.drop(link)
    cluster.run(5)
    assert shown(gateway.process.evaluate("string .gateway.windows`port")) == ['"5011"', '"5001"']
    assert told(cluster, "exec count i by id from .tp.addresses") == ["i-0| 1", "i-1| 1"]
    assert seen(gateway, "0N 0W") == "7"


def test_an_rdb_that_has_left_stays_in_the_table_for_those_who_ask_it() -> None:
    cluster, (first, _), gateway = gateway_scene()
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(3)
    assert (state(cluster, first), rows(first)) == ("`rolled", 3)
    window = shown(gateway.process.evaluate("(first .gateway.windows)`state`firstIndex`lastIndex`port"))
    assert window == ["`left", "0", "3", "5001i"]
    die(cluster, first)
    assert shown(gateway.process.evaluate(".gateway.windows`state")) == ["`left`live"]


def test_an_rdb_that_has_left_and_lost_its_marker_is_refused_and_reads_its_window_again() -> None:
    cluster, (first, second, _) = scene(rdbs=3)
    feed(cluster, 3)
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(3)
    feed(cluster, 2)
    del cluster.disk.files["/i0/drained"]
    restart(cluster, first)
    window = ("lastIndex", "windowEnd", "leaving", "left")
    assert [first.read(name) for name in window] == [3, 3, True, True]
    assert (state(cluster, first), rows(first)) == ("`rolled", 3)
    first.process.evaluate(".highwater.persisted:{[] 3}")
    cluster.run(2)
    assert [state(cluster, one) for one in (first, second)] == ["`drained", "`live"]


def test_who_leaves_and_cannot_write_its_marker_is_in_the_queue_for_its_window() -> None:
    cluster, (first, _) = scene()
    feed(cluster, 3)
    cluster.disk.full.add("/i0")
    cluster.ask(first, ".highwater.drain[]")
    link = link_of(cluster, first)
    cluster.network.drop(link)
    cluster.run(5)
    assert told(cluster, "exec state by id from .tp.queue") == ["i-0| `rolled", "i-1| `live"]


def test_gateways_hear_which_rdb_has_rolled_and_which_one_is_away() -> None:
    cluster, (first, _), gateway = gateway_scene()
    assert shown(gateway.process.evaluate(".gateway.windows`state")) == ["`rolled`live"]
    die(cluster, first)
    assert shown(gateway.process.evaluate(".gateway.windows`state")) == ["`away`live"]
    assert seen(gateway, "0N 0W") == "gap: updates 1 to 3: i-0 is not connected"
