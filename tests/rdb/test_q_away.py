"""An RDB that is without its tickerplant for a while, told in the evaluator: what is so once it is back."""

import pytest

from tests.rdb.q.cluster import SHARED
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import feed, link_of, lose_two_updates, rows, scene, state, times
from tests.rdb.q.show import shown


def test_who_rolls_while_the_tickerplant_is_away_hands_over_where_it_stopped_once_it_is_back() -> None:
    cluster, (first, second, third) = scene(rdbs=3)
    feed(cluster, 3)
    cluster.run(60)
    cluster.ask(first, ".highwater.roll[]")
    feed(cluster, 2)
    began = times(cluster, second)[0]
    cluster.network.end(cluster.tickerplant, -9)
    cluster.network.run(1)
    assert shown(cluster.ask(second, ".highwater.roll[]")) == ["1b"]
    cluster.restart_tickerplant()
    cluster.run(10)
    feed(cluster, 1)
    assert cluster.windows() == [("i-0", 0, 3), ("i-1", 3, 5), ("i-2", 5, None)]
    assert (times(cluster, second)[0], second.read("orphaned"), rows(third)) == (began, False, 1)
    check(cluster, 0)


def test_an_rdb_whose_window_went_to_another_meanwhile_says_by_when_its_updates_came() -> None:
    cluster, (live, standby) = scene()
    cluster.run(60)
    feed(cluster, 3)
    link = link_of(cluster, live)
    live.process.stopped = True
    cluster.network.drop(link)
    cluster.run(8)
    feed(cluster, 1)
    cluster.network.resume(live.process)
    cluster.run(3)
    assert [state(cluster, one) for one in (live, standby)] == ["`rolled", "`live"]
    assert (live.read("windowEnd"), rows(standby)) == (3, 4)
    assert times(cluster, live)[1] > times(cluster, standby)[0] + 60 * 10**9


def test_what_is_persisted_while_the_tickerplant_is_away_is_dropped_and_told_once_it_is_back() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 2)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.network.run(1)
    live.process.evaluate(".highwater.persisted:{[] 3}")
    cluster.network.run(1)
    assert (live.read("firstIndex"), rows(live)) == (3, 2)
    assert "dropPersisted" not in " ".join(live.process.said)
    cluster.restart_tickerplant()
    cluster.run(5)
    assert cluster.windows() == [("i-0", 3, None)]


def test_rows_that_were_orphaned_and_saved_need_what_is_persisted_to_reach_their_last_index() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    dead = lose_two_updates(cluster)
    cluster.replace_tickerplant()
    cluster.network.given_up(dead)
    cluster.run(10)
    feed(cluster, 4)
    assert (live.read("orphaned"), state(cluster, live), len(cluster.logged())) == (True, "`rolled", 7)
    cluster.ask(live, ".highwater.drain[]")
    for orphaned, index, wanted in ((1, 5, "`rolled"), (0, 4, "`rolled"), (0, 5, "`drained")):
        live.process.evaluate(f".highwater.orphaned: {orphaned}b; .highwater.persisted:{{[] {index}}}")
        cluster.run(12)
        assert state(cluster, live) == wanted


def test_who_has_left_and_starts_again_while_the_tickerplant_is_away_is_rolled() -> None:
    cluster, (first, _) = scene()
    feed(cluster, 3)
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(3)
    for process in (cluster.tickerplant, first.process):
        cluster.network.end(process, -9)
    cluster.restart(first)
    cluster.network.run(3)
    assert (state(cluster, first), first.read("windowEnd")) == ("`rolled", 3)


def test_a_live_rdb_that_the_tickerplant_could_not_take_back_has_its_grace_anew() -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    link = link_of(cluster, live)
    cluster.disk.broken.add(f"{SHARED}/windows")
    cluster.network.drop(link)
    # Its next try comes more than five seconds after the first.
    cluster.run(6)
    cluster.disk.broken.clear()
    cluster.run(6)
    assert [state(cluster, one) for one in (live, standby)] == ["`live", "`standby"]
    assert any("hangs up on an RDB: " in text for text in cluster.tickerplant.said)


def test_a_window_whose_begin_the_log_has_lost_too_ends_where_the_log_does() -> None:
    cluster, (first, second) = scene()
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    feed(cluster, 2)
    dead = cluster.tickerplant
    cluster.network.vanish(dead)
    # A disk of its own kept the windows and not the log.
    del cluster.disk.log(f"{SHARED}/updates0").records[2:]
    cluster.replace_tickerplant()
    cluster.network.given_up(dead)
    cluster.run(10)
    assert (state(cluster, second), second.read("orphaned")) == ("`rolled", True)
    assert cluster.windows() == [("i-0", 0, 2), ("i-1", 2, 2), ("", 2, None)]


@pytest.mark.parametrize("later", [0, 2])
def test_a_rolled_rdb_that_was_away_when_its_day_ended_drains_once_it_is_back(later: int) -> None:
    cluster, (first, _) = scene()
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    cluster.run(1)
    link = link_of(cluster, first)
    first.process.stopped = True
    cluster.network.drop(link)
    feed(cluster, later)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    cluster.network.resume(first.process)
    cluster.run(3)
    assert (first.read("windowEnd"), first.read("leaving")) == (3, True)
