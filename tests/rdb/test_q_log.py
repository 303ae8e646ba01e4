"""The tickerplant's log, its days and its patience, in the evaluator."""

import pytest

from tests.rdb.q.cluster import SEGMENT, SHARED, Cluster, Rdb
from tests.rdb.q.files import Log
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import feed, restart, rows, scene, set_back, state
from tests.rdb.q.show import shown
from tests.rdb.q.values import long, string, symbol, vector
from tests.rdb.q.written import beside, end_day


def told(cluster: Cluster, text: str) -> list[str]:
    return shown(cluster.network.ask(cluster.tickerplant, text))


def dies(cluster: Cluster, rdb: Rdb) -> None:
    """Let a host die, and the tickerplant hear of it at once."""
    cluster.network.vanish(rdb.process)
    rdb.host_lives = False
    cluster.network.given_up(rdb.process)


def test_a_segment_that_is_gone_while_it_is_written_ends_the_tickerplant() -> None:
    cluster, _ = scene(rdbs=1)
    feed(cluster, 3)
    cluster.feed()
    del cluster.disk.files[f"{SHARED}/updates0"]
    cluster.network.run(2)
    assert f"tickerplant: gone or unreadable: {SHARED}/updates0" in " ".join(cluster.tickerplant.said)
    cluster.feed()
    cluster.network.run(1)
    assert (cluster.tickerplant.alive, cluster.tickerplant.status) == (False, 1)
    assert "the log cannot be written, so the tickerplant ends: " in " ".join(cluster.tickerplant.said)


def test_a_segment_whose_header_is_cut_off_is_begun_anew() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, SEGMENT)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.disk.files[f"{SHARED}/updates1"] = Log(header=5)
    cluster.restart_tickerplant()
    cluster.run(6)
    feed(cluster, 2)
    assert cluster.disk.log(f"{SHARED}/updates1").header == 8
    assert (state(cluster, live), live.read("lastIndex")) == ("`live", SEGMENT + 2)
    check(cluster, 0)


def test_a_segment_is_brought_to_the_disk_before_the_next_one_begins() -> None:
    cluster, _ = scene(rdbs=1)
    feed(cluster, SEGMENT - 1)
    assert f"sync {SHARED}/updates0" not in cluster.tickerplant.steps
    feed(cluster, 1)
    steps = cluster.tickerplant.steps
    assert steps.index(f"sync {SHARED}/updates0") < steps.index(f"{SHARED}/updates1")


@pytest.mark.parametrize(("seconds", "follows"), [(3, False), (8, True)])
def test_a_live_rdb_that_is_gone_is_followed_after_five_seconds(seconds: int, follows: bool) -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    dies(cluster, live)
    cluster.run(seconds)
    assert state(cluster, standby) == ("`live" if follows else "`standby")
    assert rows(standby) == (3 if follows else 0)


@pytest.mark.parametrize(("seconds", "follows"), [(80, False), (100, True)])
def test_after_a_start_of_the_tickerplant_the_live_rdb_has_ninety_seconds_to_come_back(
    seconds: int, follows: bool
) -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    cluster.network.end(cluster.tickerplant, -9)
    dies(cluster, live)
    cluster.restart_tickerplant()
    cluster.run(seconds)
    assert state(cluster, standby) == ("`live" if follows else "`standby")


def test_a_tickerplant_that_stood_still_waits_as_after_a_start() -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    cluster.tickerplant.stopped = True
    cluster.network.run(30)
    cluster.network.resume(cluster.tickerplant)
    cluster.network.run(0.5)
    dies(cluster, live)
    cluster.run(60)
    assert state(cluster, standby) == "`standby"
    cluster.run(40)
    assert state(cluster, standby) == "`live"


def test_the_clock_has_a_line_a_minute_while_updates_come_and_none_while_none_do() -> None:
    cluster, _ = scene(rdbs=1)
    before = int(told(cluster, "count .tp.clock")[0])
    for _ in range(20):
        feed(cluster, 1)
        cluster.run(17)
    lines = int(told(cluster, "count .tp.clock")[0]) - before
    assert 4 <= lines <= 6
    cluster.run(300)
    assert int(told(cluster, "count .tp.clock")[0]) - before <= lines + 1


def test_what_is_known_of_a_clock_that_was_set_back_outlives_the_tickerplant() -> None:
    cluster, _ = scene(rdbs=1)
    feed(cluster, 3)
    set_back(cluster, 3600)
    cluster.network.run(1)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.restart_tickerplant()
    assert told(cluster, "exec index from .tp.clock") == ["0 3 3"]
    assert told(cluster, "exec time from .tp.clock") == [
        "2026.11.23D09:00:00.000000000 2026.11.23D09:00:04.000000000 2026.11.23D08:00:03.000000000"
    ]


def test_days_are_kept_for_a_month() -> None:
    cluster, _ = scene(rdbs=1)
    feed(cluster, 1)
    for _ in range(40):
        cluster.next_day()
        cluster.run(2)
    assert told(cluster, "count .tp.days") == ["31"]
    assert told(cluster, "exec count i from .tp.days where null lastIndex") == ["1"]


def test_a_day_whose_end_cannot_be_stored_ends_once_it_can_be() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    cluster.disk.full.add(f"{SHARED}/days")
    cluster.next_day()
    cluster.run(4)
    assert told(cluster, "exec lastIndex from .tp.days") == [",0N"]
    feed(cluster, 2)
    cluster.disk.full.clear()
    cluster.run(2)
    assert told(cluster, "exec lastIndex from .tp.days") == ["5 0N"]
    assert shown(live.process.evaluate("exec index from .highwater.marks")) == [",5"]


def test_that_an_rdb_has_left_is_on_the_disk_before_it_hears_of_it() -> None:
    cluster, (live, _) = scene()
    feed(cluster, 2)
    cluster.ask(live, ".highwater.drain[]")
    before = len(cluster.tickerplant.steps)
    cluster.run(2)
    assert live.read("left")
    assert "sync -f /hw" in cluster.tickerplant.steps[before:]


def test_an_rdb_that_the_tickerplant_could_not_let_go_asks_again_after_ten_seconds() -> None:
    cluster, (live, _) = scene()
    cluster.disk.full.add(f"{SHARED}/drained")
    cluster.ask(live, ".highwater.drain[]")
    cluster.run(2)
    cluster.disk.full.clear()
    cluster.run(7)
    assert not live.read("left")
    cluster.run(2)
    assert live.read("left")


@pytest.mark.parametrize("end", [SEGMENT + 4, 2 * SEGMENT])
def test_a_day_that_ended_in_what_the_log_has_lost_is_marked_all_the_same(end: int) -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, end)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 2 * SEGMENT + 4 - end)
    cluster.disk.log(f"{SHARED}/updates1").bad = 2
    cluster.network.end(live.process, -9)
    cluster.restart(live)
    live.process.evaluate(".highwater.patience: 0D00:00:20")
    cluster.run(35)
    assert live.read("lastIndex") == 2 * SEGMENT + 4
    assert shown(live.process.evaluate("exec index from .highwater.marks")) == [f",{end}"]
    live.process.evaluate(f".highwater.persisted:{{[] {end}}}")
    cluster.run(2)
    assert (live.read("firstIndex"), rows(live)) == (end, 4)


def test_a_table_whose_name_is_no_symbol_is_refused_and_none_in_the_log_stops_an_rdb_or_the_write_down() -> (
    None
):
    cluster, (live,), writer = beside()
    wrong = (string("trade"), vector("s", ["trade"]), long(1))
    for name in wrong:
        cluster.update(name, vector("n", [1]), vector("s", ["A"]), vector("j", [7]))
    assert cluster.tickerplant.errors == ["message: the name of a table must be a symbol"] * 3
    # A log of an earlier release may have them.
    cluster.tickerplant.evaluate(".tp.check:{[tableName;rows] rows}")
    for name in wrong:
        cluster.update(name, vector("n", [1]), vector("s", ["A"]), vector("j", [7]))
    feed(cluster, 1)
    assert (live.read("lastIndex"), live.read("failed"), rows(live)) == (4, 3, 1)
    restart(cluster, live)
    assert (live.read("lastIndex"), live.read("failed"), rows(live)) == (4, 3, 1)
    end_day(cluster)
    assert (writer.all_rows(), writer.persisted) == ([10], 4)


def test_an_id_that_is_a_path_is_refused() -> None:
    cluster, _ = scene(rdbs=1)
    names = (symbol(".tp.leave"), symbol("i-0/../../windows"))
    cluster.network.tell(cluster.tickerplant, *names, long(0), long(1))
    assert any("no instance: i-0/../../windows" in one for one in cluster.tickerplant.said)
    assert all("/../" not in path for path in cluster.disk.files)


def test_a_standby_that_waits_longest_is_the_next_one() -> None:
    cluster, (live, second, third) = scene(rdbs=3)
    feed(cluster, 2)
    cluster.ask(live, ".highwater.roll[]")
    cluster.run(1)
    assert [state(cluster, one) for one in (second, third)] == ["`live", "`standby"]
    link = cluster.link(third)
    fourth = cluster.launch()
    cluster.run(2)
    assert link is not None
    cluster.network.drop(link)
    cluster.run(5)
    cluster.ask(second, ".highwater.roll[]")
    cluster.run(1)
    # Who came back waits behind who was there.
    assert [state(cluster, one) for one in (third, fourth)] == ["`standby", "`live"]


def test_nobody_is_live_while_the_windows_cannot_be_stored_and_somebody_is_once_they_can() -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    cluster.disk.broken.add(f"{SHARED}/windows")
    cluster.ask(live, ".highwater.roll[]")
    cluster.run(5)
    feed(cluster, 2)
    assert state(cluster, standby) != "`live"
    cluster.disk.broken.clear()
    cluster.run(20)
    assert (state(cluster, standby), rows(standby)) == ("`live", 2)
    check(cluster, 0)
