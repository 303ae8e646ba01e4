"""What once went wrong in the life of an RDB, told in the evaluator."""

import pytest

from rdb.contract.release import RELEASE
from tests.rdb.q.cluster import EXAMPLE, SEGMENT
from tests.rdb.q.errors import QError
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import feed, link_of, restart, rows, scene, state, times
from tests.rdb.q.show import shown
from tests.rdb.q.values import symbol
from tests.rdb.q.writedown import WriteDown


def test_a_firms_own_upd_neither_gets_what_is_replayed_nor_is_lost() -> None:
    cluster, (live,) = scene(EXAMPLE + "upd:insert;\n", rdbs=1)
    feed(cluster, 20)
    restart(cluster, live)
    cluster.run(20)
    assert (state(cluster, live), rows(live), live.read("lastIndex")) == ("`live", 20, 20)
    assert shown(live.process.evaluate("upd~insert")) == ["1b"]


def test_what_a_firm_has_for_its_timer_for_closed_connections_and_for_messages_of_others_stays_in_force() -> (
    None
):
    own = """
.app.ticks: .app.closed: .app.heard: 0;
.z.ts:{[now] .app.ticks+: 1};
.z.pc:{[handle] .app.closed+: 1};
.z.ps:{[message] .app.heard+: 1};
.z.pg:{[message] `firm};
"""
    cluster, (live,) = scene(own + EXAMPLE, rdbs=1)
    feed(cluster, 3)
    cluster.network.tell(live.process, symbol("upd"))
    assert shown(cluster.ask(live, "1+1")) == ["`firm"]
    cluster.network.end(cluster.tickerplant, -9)
    cluster.network.run(1)
    assert shown(live.process.evaluate("(.app.ticks>10; .app.closed=1; .app.heard=1)")) == ["111b"]
    assert rows(live) == 3


def test_a_replay_that_others_read_stops_and_says_so() -> None:
    cluster, (live, _) = scene(EXAMPLE + ".z.ps:{[message] 0};\n")
    # It is told of its window over another way: its own .z.ps hears nothing.
    live.process.evaluate(".highwater.state: `live; .highwater.firstIndex: .highwater.lastIndex: 0")
    live.process.evaluate(".highwater.segmentSize: 7; .highwater.replayUntil: 5")
    feed(cluster, 5)
    cluster.run(10)
    assert state(cluster, live) == "`"
    assert "is .z.ps replaced?" in " ".join(live.process.said)
    assert rows(live) == 0


def test_a_write_down_that_is_days_late_splits_at_each_end_of_a_day_also_after_a_restart() -> None:
    cluster, (live,) = scene(rdbs=1)
    write_down = WriteDown(cluster)
    for _ in range(3):
        feed(cluster, 5)
        cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
        cluster.run(1)
    feed(cluster, 2)
    restart(cluster, live)
    assert shown(live.process.evaluate("exec index from .highwater.marks")) == ["5 10 15"]
    write_down.safe = 5
    write_down.tell()
    cluster.run(2)
    assert (live.read("firstIndex"), rows(live)) == (5, 12)
    # It is done with that day.
    assert shown(live.process.evaluate("exec index from .highwater.marks")) == ["10 15"]
    check(cluster, 5)
    write_down.safe = 15
    write_down.tell()
    cluster.run(2)
    assert (live.read("firstIndex"), rows(live)) == (15, 2)
    check(cluster, 15)


def test_a_standby_outlives_the_end_of_the_day_and_a_rolled_one_drains() -> None:
    cluster, (first, second, third) = scene(rdbs=3)
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    feed(cluster, 3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    cluster.run(2)
    assert first.read("leaving")
    cluster.ask(second, ".highwater.roll[]")
    cluster.run(1)
    assert [state(cluster, one) for one in (first, second, third)] == ["`rolled", "`rolled", "`live"]


def test_a_live_rdb_that_is_asked_to_drain_rolls_and_leaves_once_its_window_is_safe() -> None:
    cluster, (live,) = scene(rdbs=1)
    write_down = WriteDown(cluster)
    feed(cluster, 4)
    assert shown(cluster.ask(live, ".highwater.drain[]")) == ["1b"]
    cluster.run(3)
    assert (state(cluster, live), rows(live)) == ("`rolled", 4)
    feed(cluster, 2)
    write_down.step()
    cluster.run(3)
    assert (state(cluster, live), rows(live)) == ("`drained", 0)
    follower = cluster.launch()
    cluster.run(3)
    assert (state(cluster, follower), rows(follower)) == ("`live", 2)
    check(cluster, write_down.safe)


def test_an_rdb_whose_timer_was_replaced_says_no_state() -> None:
    cluster, (live, _) = scene()
    live.process.evaluate(".z.ts:{[now] now}")
    cluster.run(50)
    assert state(cluster, live) == "`live"
    cluster.run(20)
    assert state(cluster, live) == "`"


def test_an_rdb_whose_close_handler_was_replaced_comes_back_all_the_same() -> None:
    cluster, (live, _) = scene(EXAMPLE + ".z.pc:{[handle] handle};\n")
    feed(cluster, 3)
    link = link_of(cluster, live)
    cluster.network.drop(link)
    cluster.run(40)
    feed(cluster, 3)
    assert live.read("tickerplant") in live.process.handles
    check(cluster, 0)


def test_the_tickerplant_says_what_waits_for_a_live_rdb() -> None:
    cluster, (live,) = scene(rdbs=1)

    def said() -> list[str]:
        return shown(cluster.network.ask(cluster.tickerplant, ".tp.status[]`updates`queue`waiting"))

    feed(cluster, 4)
    standby = cluster.launch()
    cluster.run(3)
    assert said() == ["4 1 0"]
    cluster.ask(standby, ".highwater.drain[]")
    cluster.run(3)
    cluster.network.vanish(live.process)
    live.host_lives = False
    cluster.network.given_up(live.process)
    cluster.run(1)
    # It may come back, with what it took.
    cluster.feed()
    assert said() == ["5 0 1"]
    cluster.run(6)
    assert said() == ["5 0 5"]
    cluster.launch()
    cluster.run(3)
    assert said() == ["5 0 0"]


def test_each_set_of_files_names_its_release() -> None:
    cluster, (live,) = scene(rdbs=1)
    assert shown(cluster.ask(live, ".highwater.status[]`release")) == [f'"{RELEASE}"']
    assert shown(cluster.network.ask(cluster.tickerplant, ".tp.status[]`release")) == [f'"{RELEASE}"']


def test_the_status_has_the_times_between_which_the_window_came_also_after_a_restart() -> None:
    cluster, (first, second) = scene()
    feed(cluster, 5)
    assert times(cluster, first)[1] is None
    cluster.run(60)
    cluster.ask(first, ".highwater.roll[]")
    rolled_at = cluster.network.now
    feed(cluster, 5)
    (began, ended), (next_began, next_ended) = times(cluster, first), times(cluster, second)
    assert next_ended is None
    assert began < next_began <= ended <= rolled_at
    restart(cluster, first)
    assert times(cluster, first)[0] == began
    assert next_began <= times(cluster, first)[1] <= cluster.network.now
    assert state(cluster, first) == "`rolled"


def test_who_is_told_of_a_window_has_it_on_disk_too() -> None:
    cluster, (first, _) = scene()
    assert cluster.windows() == [("i-0", 0, None)]
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    cluster.run(1)
    assert cluster.windows() == [("i-0", 0, 3), ("i-1", 3, None)]


def test_what_comes_while_the_log_is_read_is_taken_after_it() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 4 * SEGMENT)
    cluster.network.end(live.process, -9)
    cluster.restart(live)
    while live.read("lastIndex") <= 0:
        cluster.run(0.2)
    cluster.feed(2)
    cluster.feed(table="quote")
    cluster.run(0.1)
    assert 0 < live.read("lastIndex") < 4 * SEGMENT
    cluster.run(3)
    assert (live.read("lastIndex"), live.read("failed")) == (4 * SEGMENT + 2, 0)
    check(cluster, 0)


def test_a_rolled_rdb_whose_q_starts_again_stands_by_for_nobody() -> None:
    cluster, (first, second) = scene()
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    cluster.run(1)
    restart(cluster, first)
    assert shown(cluster.network.ask(cluster.tickerplant, ".tp.queue`state")) == ["`live`rolled"]
    cluster.network.end(second.process, -9)
    cluster.run(10)
    assert state(cluster, first) == "`rolled"
    assert shown(cluster.network.ask(cluster.tickerplant, "null .tp.live")) == ["1b"]


def test_an_answer_from_before_it_rolled_or_left_changes_nothing() -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    cluster.ask(live, ".highwater.roll[]")
    cluster.ask(standby, ".highwater.drain[]")
    cluster.run(3)
    names = "`state`firstIndex`replayUntil`orphaned`segmentSize`epoch`dayEnds"
    before = [state(cluster, one) for one in (live, standby)]
    for one in (live, standby):
        one.process.evaluate(f".highwater.assign[{names}!(`live;0;3;0b;7;1;`long$())]")
    assert [state(cluster, one) for one in (live, standby)] == before
    assert before[0] == "`rolled"


def test_the_tickerplants_host_is_answered_nothing() -> None:
    cluster, (live,) = scene(rdbs=1)
    with pytest.raises(QError, match="nothing is asked here"):
        cluster.tickerplant.evaluate('(exec first handle from .tp.queue) "1+1"')
    assert state(cluster, live) == "`live"


def test_the_tickerplants_host_runs_no_text_here() -> None:
    cluster, (live,) = scene(rdbs=1)
    for message in ('".app.broken: 1b"', "(`.app.run;1)", "({[text] .app.broken: 1b};1)"):
        cluster.tickerplant.evaluate(f"neg[exec first handle from .tp.queue] {message}")
    cluster.run(1)
    assert live.process.errors == ["message: not among .highwater.words"] * 3
    assert ".app.broken" not in live.process.names


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    cluster, (live,) = scene(rdbs=1)
    cluster.run(60)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.network.run(40)
    network = cluster.network
    network.now -= 50 * 10**9
    for process in network.processes:
        process.next_tick = network.now
    cluster.restart_tickerplant()
    network.run(5)
    cluster.feed()
    network.run(1)
    assert (state(cluster, live), rows(live)) == ("`live", 1)
