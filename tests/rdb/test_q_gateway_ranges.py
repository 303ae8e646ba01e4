"""Which updates a question to gateway.q is of, at the ends of what there is, in the evaluator."""

import pytest

from tests.rdb.q.cluster import Cluster
from tests.rdb.q.gate import SCRIPT, Gateway
from tests.rdb.q.literals import written
from tests.rdb.q.scenes import feed, scene, set_back
from tests.rdb.q.show import shown
from tests.rdb.q.values import names_of, symbol
from tests.rdb.q.writedown import WriteDown
from tests.rdb.test_q_gateway import at, die, gateway_scene, seen


def now(cluster: Cluster) -> str:
    return written("p", cluster.network.now)


def test_an_hour_that_ends_now_has_all_that_came() -> None:
    cluster, _, gateway = gateway_scene()
    assert seen(gateway, f"{at(0)} {now(cluster)}") == "7"
    cluster.run(0.2)
    assert seen(gateway, f"0Np {now(cluster)}") == "7"


@pytest.mark.parametrize("begin", ["-0Wp", "2026.11.22D09:00:00", "2026.11.23D09:00:00", "0"])
def test_what_begins_before_all_begins_with_the_first_update(begin: str) -> None:
    cluster, (first, _), gateway = gateway_scene()
    end = "0W" if begin == "0" else "0Wp"
    assert seen(gateway, f"{begin} {end}") == "7"
    cluster.ask(first, ".highwater.drain[]")
    WriteDown(cluster).step()
    cluster.run(3)
    die(cluster, first)
    assert seen(gateway, f"{begin} {end}") == "gap: updates 1 to 3: i-0 is not connected"


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (
            f"{at(1)} 2026.11.23D23:00:00",
            "gap: what comes until 2026.11.23D23:00:00.000000000: that is in the future",
        ),
        ("0 9", "gap: updates 8 to 9: i-1 does not hold all of them, live"),
        ("3 2", "no update is in that range: (3, 2]"),
        ("3 3", "no update is in that range: (3, 3]"),
        ("9 9", "no update is in that range: (9, 9]"),
        ("0N 0", "no update is in that range: (0, 0]"),
        ("2026.11.22D09:00:00 2026.11.22D10:00:00", "no update is in that range: (0, 0]"),
        ("-3 2", "no update has an index below 1: a range begins after 0"),
        ("-0W 2", "no update has an index below 1: a range begins after 0"),
        ("3 0N", "a range has an end: 0W or 0Wp for all that came"),
        ("1 2 3", "a range is two longs or two timestamps"),
    ],
)
def test_a_question_for_what_is_not_there_is_an_error_that_says_so(wanted: str, error: str) -> None:
    assert seen(gateway_scene()[2], wanted) == error


def test_a_range_goes_to_the_rdbs_that_have_a_part_of_it_and_to_no_others() -> None:
    _, _, gateway = gateway_scene()
    for wanted, asked in (
        ("0 3", "1"),
        ("3 4", "1"),
        ("3 7", "1"),
        ("2 4", "2"),
        ("0N 3", "1"),
        ("0N 4", "2"),
        ("0 0W", "2"),
    ):
        assert seen(gateway, wanted, '"0+1"', "count") == asked
    # The older one has the rows of the whole range, and is asked for three of them.
    assert seen(gateway, "2 4") == "7"


def test_around_a_hand_over_both_rdbs_are_asked_for_what_may_be_of_either_and_else_one() -> None:
    cluster, _, gateway = gateway_scene()
    feed(cluster, 1)
    handed_over = shown(gateway.process.evaluate("exec time from .gateway.clock where index=3"))
    assert handed_over == [f",{at(7)}.000000000"]
    for begin, end, asked in (
        (1, 6, ["i-0"]),
        (1, 7, ["i-0", "i-1"]),
        (7, 9, ["i-0", "i-1"]),
        (8, 9, ["i-1"]),
    ):
        which = gateway.process.evaluate(f".gateway.which[{at(begin)} {at(end)}]`id")
        assert names_of(which) == asked


def test_times_that_come_twice_since_the_clock_was_set_back_are_asked_for_of_all_who_have_some() -> None:
    cluster, (first, second, third) = scene(rdbs=3)
    watching = Gateway(cluster)
    cluster.network.run(60)
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    cluster.network.run(12)
    # Before a tick has told of them.
    for _ in range(2):
        cluster.feed()
    set_back(cluster, 60)
    cluster.network.run(1)
    feed(cluster, 2)
    cluster.network.run(5)
    cluster.ask(second, ".highwater.roll[]")
    feed(cluster, 1)
    cluster.network.run(120)
    feed(cluster, 1)
    assert third.read("firstIndex") == 7
    # One that comes now has the times of whole minutes alone.
    late = Gateway(cluster)
    cluster.network.run(2)
    for gateway in (watching, late):
        for time, numbers in (("09:01:19", "40 50"), ("09:00:20", "60 70")):
            wanted = f"2026.11.23D{time} 2026.11.23D{time}.1"
            assert seen(gateway, wanted, f'"exec n from trade where time=0D{time}"', "raze") == numbers


def test_what_several_rdbs_say_is_persisted_is_no_more_than_what_each_of_them_says() -> None:
    cluster, (_, second), gateway = gateway_scene()
    third, fourth = cluster.launch(), cluster.launch()
    cluster.run(4)
    cluster.ask(second, ".highwater.roll[]")
    feed(cluster, 1)
    cluster.ask(third, ".highwater.roll[]")
    feed(cluster, 1)
    write_down = WriteDown(cluster)
    write_down.safe = 3
    write_down.tell()
    die(cluster, second)
    assert [one.read("firstIndex") for one in (third, fourth)] == [7, 8]
    assert seen(gateway, "0N 0W") == "gap: updates 4 to 7: i-1 is not connected"


def test_what_the_firms_own_q_has_for_its_timer_for_closed_connections_and_for_messages_stays_in_force() -> (
    None
):
    own = """
.app.ticks: .app.closed: .app.heard: .app.asked: 0;
.z.ts:{[now] .app.ticks+: 1};
.z.pc:{[handle] .app.closed+: 1};
.z.ps:{[message] .app.heard+: 1};
.z.pg:{[message] .app.asked+: 1; value message};
"""
    cluster, (first, _), gateway = gateway_scene(own + SCRIPT)
    die(cluster, first)
    assert shown(gateway.process.read(".app.closed")) == ["1"]
    assert int(shown(gateway.process.read(".app.ticks"))[0]) > 10
    assert seen(gateway, "3 0W") == "4"
    cluster.network.tell(gateway.process, symbol("upd"))
    assert shown(gateway.process.evaluate(".app.heard, .app.asked")) == ["1 1"]


def test_what_cannot_be_sent_is_said_and_its_updates_are_a_gap() -> None:
    _, _, gateway = gateway_scene()
    gateway.process.evaluate("hclose exec first handle from .gateway.rdbs")
    assert seen(gateway, "0N 0W") == "gap: updates 1 to 3: i-0 has not answered"
    assert "send: " in " ".join(gateway.process.said)


def test_what_comes_after_an_answer_is_heard_goes_into_the_next_one() -> None:
    cluster, _, gateway = gateway_scene()
    for number in range(8, 12):
        feed(cluster, 1)
        assert seen(gateway, "0N 0W") == str(number)
