"""The group as described is folded into the ledger: who is new, who stays, who has left and who is dead."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings

from chalicelib.contract.report import State
from chalicelib.core.alerts.rdb_alerts import alert_of_rdb
from chalicelib.core.facts.folding import with_group, with_report, with_states
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import DIED, NEVER_IN_SERVICE, Rdb
from chalicelib.core.facts.rdb import LEFT as LEFT_IT
from tests.unit.arbitrary import facts
from tests.unit.builders import (
    DEFAULTS,
    EMPTY,
    HOLD,
    IN_SERVICE,
    NOW,
    PENDING,
    TERMINATING,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    live,
    report,
)

LEFT = f"{A} left group trades-rdb without a release of ours"
NEVER = f"instance_id: {A} reported but never turned up in group trades-rdb"


def described(ledger: Ledger, **members: Member) -> tuple[Ledger, tuple[str, ...]]:
    """The ledger folded with a group of `a`, `b`, ... as given."""
    ids = {"a": A, "b": B, "c": C}
    _, group = cluster({})
    shown = msgspec.structs.replace(group, members={ids[key]: member for key, member in members.items()})
    return with_group(ledger, shown, NOW)


def test_a_member_that_was_never_seen_is_first_seen_now() -> None:
    after, notes = described(EMPTY, a=PENDING)
    assert after.rdbs == {A: Rdb(first_seen=NOW, member=PENDING, member_seen=NOW, only_pending=True)}
    assert notes == ()


def test_a_member_keeps_what_was_known_of_it_and_takes_its_new_lifecycle() -> None:
    ledger, _ = cluster({A: live(30)})
    after, _ = described(ledger, a=TERMINATING)
    assert after.rdbs[A] == msgspec.structs.replace(
        ledger.rdbs[A], member=TERMINATING, member_seen=NOW, ending_since=NOW
    )


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [pytest.param(1.9, False, id="a stale look"), pytest.param(2, True, id="attached again")],
)
def test_one_that_terminates_does_not_come_back_in_a_stale_look(minutes: float, shown: bool) -> None:
    known = msgspec.structs.replace(
        drained(), member=TERMINATING, member_seen=ago(minutes), ending_since=ago(minutes)
    )
    ledger, _ = cluster({A: known, B: live(30)})
    after, _ = described(ledger, a=IN_SERVICE, b=IN_SERVICE)
    assert after.rdbs[A].member == (IN_SERVICE if shown else TERMINATING)
    assert after.rdbs[B].member == IN_SERVICE


@pytest.mark.parametrize(
    ("known", "kept", "notes"),
    [
        pytest.param(Rdb(first_seen=ago(9.9)), True, (), id="a stranger for nearly ten minutes"),
        pytest.param(Rdb(first_seen=ago(10)), False, (NEVER,), id="a stranger for ten minutes"),
        pytest.param(Rdb(first_seen=ago(60), member_seen=ago(9.9)), True, (), id="not shown for a while"),
        pytest.param(Rdb(first_seen=ago(60), member_seen=ago(10)), False, (LEFT,), id="gone by itself"),
        pytest.param(
            Rdb(first_seen=ago(60), member_seen=ago(10), released_at=ago(11)),
            False,
            (),
            id="gone as released",
        ),
    ],
)
def test_an_instance_that_describe_does_not_show_is_kept_for_ten_minutes_and_then_given_up_with_a_note(
    known: Rdb, kept: bool, notes: tuple[str, ...]
) -> None:
    after, said = described(msgspec.structs.replace(EMPTY, rdbs={A: known}))
    assert said == notes
    assert after.rdbs == ({A: known} if kept else {})


def test_the_ten_minutes_run_from_the_first_look_without_it_also_where_nothing_was_written_for_an_hour() -> (
    None
):
    quiet = Rdb(first_seen=ago(90), member=IN_SERVICE, member_seen=ago(60))
    after, said = described(msgspec.structs.replace(EMPTY, rdbs={A: quiet}))
    assert (said, after.rdbs[A].member, after.rdbs[A].member_seen) == ((), None, NOW)


def test_one_on_hold_is_kept_outside_the_group_so_that_it_is_on_hold_when_it_comes_back() -> None:
    held = msgspec.structs.replace(drained(), hold=HOLD)
    outside, group = cluster({A: live(30), B: held})
    without = msgspec.structs.replace(group, members={A: IN_SERVICE})
    for days in (0.01, 1, 29.9):
        outside, notes = with_group(outside, without, NOW + timedelta(days=days))
        assert notes == ()
    back, _ = with_group(outside, group, NOW + timedelta(days=29.9))
    assert back.rdbs[B].hold == HOLD
    given_up, notes = with_group(outside, without, NOW + timedelta(days=30.1))
    assert (set(given_up.rdbs), len(notes)) == ({A}, 1)
    lifted, _ = with_group(outside.with_rdb(B, hold=None), without, NOW + timedelta(days=30))
    assert lifted.rdbs.keys() == {A}


@settings(deadline=None)
@given(facts)
def test_the_same_group_described_twice_changes_the_ledger_once(known: tuple[Ledger, Group]) -> None:
    ledger, group = known
    once, _ = with_group(ledger, group, NOW)
    assert with_group(once, group, NOW) == (once, ())
    assert {i: one.member for i, one in once.rdbs.items() if one.member} == group.members


def test_the_dead_are_remembered_since_when_and_nobody_else_is_touched() -> None:
    ledger, _ = cluster({A: live(30), B: live(30)})
    after = with_states(ledger, [A, B], {B: "terminated", "i-0000000000000dead": "terminated"}, NOW)
    assert after == msgspec.structs.replace(
        ledger, rdbs={A: ledger.rdbs[A], B: msgspec.structs.replace(ledger.rdbs[B], dead_at=NOW)}
    )


def test_the_stopped_are_remembered_since_when_until_a_look_shows_them_running() -> None:
    ledger, _ = cluster({A: live(30)})
    for minute in (0, 5):
        ledger = with_states(ledger, [A], {A: "stopped"}, NOW + timedelta(minutes=minute))
    assert (ledger.rdbs[A].stopped_at, ledger.rdbs[A].dead_at) == (NOW, None)
    assert with_states(ledger, [B], {}, NOW).rdbs[A].stopped_at == NOW
    assert with_states(ledger, [A], {}, NOW).rdbs[A].stopped_at is None


@pytest.mark.parametrize(
    ("looks", "why"),
    [
        ((PENDING,), NEVER_IN_SERVICE),
        ((PENDING, TERMINATING), NEVER_IN_SERVICE),
        ((PENDING, IN_SERVICE), LEFT_IT),
        ((PENDING, IN_SERVICE, PENDING), LEFT_IT),
        ((IN_SERVICE,), LEFT_IT),
        ((TERMINATING,), LEFT_IT),
    ],
)
def test_one_that_was_shown_as_pending_and_never_in_service_went_before_it_served(
    looks: tuple[Member, ...], why: str
) -> None:
    ledger = EMPTY
    for minute, member in enumerate(looks):
        _, group = cluster({})
        shown = msgspec.structs.replace(group, members={A: member})
        ledger, _ = with_group(ledger, shown, NOW + timedelta(minutes=5 * minute))
    assert ledger.rdbs[A].left_as == why


@pytest.mark.parametrize("reported_first", [False, True])
def test_one_that_reported_served_though_every_look_showed_it_pending(reported_first: bool) -> None:
    _, group = cluster({})
    shown = msgspec.structs.replace(group, members={A: PENDING})
    ledger = EMPTY if reported_first else with_group(EMPTY, shown, NOW)[0]
    ledger, _ = with_report(ledger, report(State.LIVE, 30, rows=1000), NOW + timedelta(minutes=5))
    if reported_first:
        ledger, _ = with_group(ledger, shown, NOW + timedelta(minutes=6))
    later = NOW + timedelta(minutes=25)
    ledger, _ = with_group(ledger, msgspec.structs.replace(group, members={A: TERMINATING}), later)
    ledger = with_states(ledger, [A], {A: "terminated"}, later)
    alert = alert_of_rdb(A, ledger.rdbs[A], DEFAULTS, later)
    assert (ledger.rdbs[A].left_as, alert and alert.is_of("dead")) == (DIED, True)
