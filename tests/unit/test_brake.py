"""One need costs few launches, whatever keeps the hosts that come from being lasting room (rule 5)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.report import Report, State
from chalicelib.core.capacity.brake import pause, with_brake
from chalicelib.core.capacity.counted import capacity_of
from chalicelib.core.facts.folding import GONE_KEPT, MOST_GONE, with_group, with_report
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Gone, KnownGroup, Ledger
from chalicelib.core.facts.rdb import DIED
from tests.unit.builders import NOW, SICK, A, B, C, D, E, ago, cluster, due, live, rdb, report, situation
from tests.unit.fates import Fate, Looks, launches


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(lambda age: Looks(State.STANDBY, healthy=age < 2), id="set Unhealthy"),
        pytest.param(lambda age: Looks(State.BOOTING if age < 2 else State.DRAINED), id="drains itself"),
        pytest.param(lambda _: Looks(State.ROLLED), id="rolled at once"),
        pytest.param(lambda _: Looks(metric=62.0), id="a metric alone, and full"),
        pytest.param(lambda age: Looks(State.STANDBY if age < 2 else State.UNKNOWN), id="q dies"),
        pytest.param(lambda age: Looks(State.STANDBY, 4.0 if age < 4 else None), id="its metrics end"),
        pytest.param(
            lambda age: Looks(State.STANDBY) if age < 3 else Looks(metric=None), id="its reporter dies"
        ),
        pytest.param(lambda age: Looks(State.STANDBY, there=age < 4), id="the host dies"),
        pytest.param(
            lambda age: Looks(State.BOOTING if age < 9 else State.STANDBY, there=age < 22),
            id="it boots for minutes, stands by for minutes, and dies",
        ),
    ],
)
def test_a_need_of_two_hours_costs_four_launches_and_is_told_with_the_reason(fate: Fate) -> None:
    launched, told, reasons = launches(fate)
    assert 2 <= len(launched) <= 4
    assert "short" in told
    assert any("no other is launched until" in reason for reason in reasons)


def test_a_host_that_is_well_is_the_only_launch() -> None:
    launched, told, _ = launches(lambda _: Looks(State.STANDBY))
    assert (launched, told) == ([1], set())


@settings(max_examples=15)
@given(st.integers(3, 12), st.integers(1, 3))
def test_an_honest_burst_is_never_braked(fills: int, boots: int) -> None:
    """Each host that comes stands by, takes data at once and is full minutes later."""

    def fate(age: int) -> Looks:
        if age < boots:
            return Looks(State.BOOTING)
        percent = min(88.0, 4 + 84.0 * (age - boots) / fills)
        return Looks(State.LIVE if percent < 85 else State.ROLLED, percent, window=(0, age - boots))

    launched, told, reasons = launches(fate, minutes=90)
    assert len(launched) >= 90 // (fills + boots + 2) - 1
    assert told == set()
    assert not any("no other is launched until" in reason for reason in reasons)


def ends_the_pause(ledger: Ledger, group: Group) -> bool:
    """A host of use does, after two that died."""
    before = {i: Gone(ago(minutes), DIED) for i, minutes in ((D, 30), (E, 25))}
    facts = situation((msgspec.structs.replace(ledger, gone=before), group))
    found = capacity_of(facts)
    return pause(facts.on(with_brake(facts, found)), found) is None


def test_hosts_that_are_gone_count_until_one_of_use_or_another_group_came_after_them() -> None:
    ledger, group = cluster({A: live(70)})
    gone = {B: Gone(ago(9), "was terminated in EC2"), C: Gone(ago(5), "left the group")}
    ledger = msgspec.structs.replace(ledger, gone=gone)
    waits = due((ledger, group))
    assert (waits.target, waits.code) == (None, "waiting")
    assert waits.reason == (
        f"{C} left the group, {B} was terminated in EC2: no other is launched until 2026-11-23T12:35:00Z"
    )
    assert due((msgspec.structs.replace(ledger, useful_since=ago(5)), group)).target == 2
    # One of the two came together with the one of use, a second after it was first seen.
    assert due((msgspec.structs.replace(ledger, useful_since=ago(9, seconds=1)), group)).target == 2
    assert due((msgspec.structs.replace(ledger, useful_since=ago(10.1)), group)).target is None
    assert due((msgspec.structs.replace(ledger, tried_afresh=ago(5)), group)).target == 2
    for before, target in (("", None), ("trades-copy", 2)):
        known = KnownGroup("trades-rdb", ago(5), before)
        assert due((msgspec.structs.replace(ledger, group=known), group)).target == target


def test_hosts_of_this_group_are_tries_also_if_it_was_followed_again_after_they_came() -> None:
    sick = {i: rdb(None, SICK, seen=minutes) for i, minutes in ((B, 25), (C, 12))}
    ledger, group = cluster({A: live(70), **sick})
    known = KnownGroup("trades-rdb", ago(5), "trades-copy")
    assert due((msgspec.structs.replace(ledger, group=known), group)).code == "waiting"


def test_hosts_that_came_together_are_one_try() -> None:
    together = {A: live(70), B: rdb(report(), SICK, seen=5), C: rdb(report(), SICK, seen=4.1)}
    later = msgspec.structs.replace(together[C], report=None, took_data=False, first_seen=ago(4))
    bare = {i: msgspec.structs.replace(together[i], report=None, took_data=False) for i in (B, C)}
    assert due(cluster({**together, **bare})).target == 4
    assert due(cluster({**together, **bare, C: later})).target is None


@pytest.mark.parametrize(("apart", "launched"), [(0, True), (2, False)])
def test_who_came_together_with_one_that_never_got_ready_was_a_part_of_its_try(
    apart: float, launched: bool
) -> None:
    ledger, group = cluster({A: live(70), B: rdb(seen=20)})
    ledger = msgspec.structs.replace(ledger, gone={C: Gone(ago(20 - apart), "left the group")})
    assert (due((ledger, group)).target is not None) is launched


def test_hosts_that_an_operator_set_aside_are_no_tries() -> None:
    for member, target in ((Member("Standby", healthy=True), 2), (Member("Standby", healthy=False), None)):
        aside = {i: rdb(report(State.STANDBY, 5), member, seen) for i, seen in ((B, 15), (C, 10))}
        assert due(cluster({A: live(70), **aside})).target == target


def test_the_gone_are_kept_for_some_hours_and_in_a_small_number() -> None:
    ledger, group = cluster({A: live(30)})
    gone = {f"i-{n:017x}": Gone(NOW - timedelta(minutes=n), "left the group") for n in range(20)}
    old = {B: Gone(NOW - GONE_KEPT, "left the group")}
    kept, _ = with_group(msgspec.structs.replace(ledger, gone={**old, **gone}), group, NOW)
    assert sorted(kept.gone) == sorted(gone)[:MOST_GONE]


def test_a_host_whose_drained_is_not_proven_is_not_of_use_for_it() -> None:
    stood = {"first_seen": ago(40), "ready_since": ago(39), "ready_at": ago(10)}
    forged = msgspec.structs.replace(rdb(report(State.DRAINED, 70), proven=False), **stood)
    for known, counts in ((forged, False), (msgspec.structs.replace(forged, first_drained_at=ago(9)), True)):
        facts = situation(cluster({A: known}))
        assert (with_brake(facts, capacity_of(facts)).useful_since is not None) is counts


def test_a_host_that_ever_showed_a_window_with_updates_took_data_whatever_it_says_now() -> None:
    ledger, group = cluster({A: rdb(seen=10)})
    for state, minutes, window in (
        (State.LIVE, 6, (9, 9)),
        (State.ROLLED, 1, (9, 12)),
        (State.BOOTING, 0.5, None),
    ):
        ledger, _ = with_report(ledger, report(state, 30, minutes, window=window), ago(minutes))
    assert ends_the_pause(ledger, group)


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        (report(State.LIVE, 4, 5, window=(9, 9), rows=0), True),
        (report(State.LIVE, 4, 5, rows=0), True),
        (report(State.ROLLED, 4, 5, window=(9, 9), rows=0), False),
        (report(State.ROLLED, 4, 5, rows=7), True),
        (report(State.STANDBY, 4, 5, rows=7), False),
        (report(State.BOOTING, 4, 5, rows=7), False),
    ],
    ids=["live", "live without a window", "rolled, and empty", "rows", "a standby's rows", "while booting"],
)
def test_a_host_that_said_once_that_it_is_live_or_has_data_is_of_use_though_it_died_since(
    said: Report, counts: bool
) -> None:
    ledger, group = cluster({A: rdb(seen=6)})
    for each in (said, report(State.UNKNOWN, 4, 4)):
        ledger, _ = with_report(ledger, each, each.sent_at)
    ledger = ledger.with_rdb(A, dead_at=ago(1))
    assert ends_the_pause(ledger, group) is counts


@pytest.mark.parametrize(("minutes", "counts"), [(20, False), (21, True)])
def test_a_host_that_stood_by_for_a_while_is_of_use(minutes: float, counts: bool) -> None:
    known = cluster({A: rdb(report(State.STANDBY, 4), seen=minutes)})
    facts = situation(known)
    assert (with_brake(facts, capacity_of(facts)).useful_since is not None) is counts
