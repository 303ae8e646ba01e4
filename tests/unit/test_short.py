"""Nobody waits in silence: where room is lacking and nothing brings it, an alert says why (rule 13)."""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.short import EXACT, short, with_short
from chalicelib.core.capacity.counted import capacity_of
from chalicelib.core.capacity.demand import demand_of
from chalicelib.core.capacity.raises import Raise, RaiseCode
from chalicelib.core.decide import decide
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Fails, Ledger
from chalicelib.core.facts.rdb import Rdb
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    live,
    planned,
    rdb,
    report,
    rolled,
    situation,
)

WAITS = Raise(None, "waiting", "a release is not yet visible")


def booting(minutes: float) -> Rdb:
    return rdb(report(State.BOOTING, 3), seen=minutes)


def lacking(minutes: float) -> Facts:
    ledger, group = cluster({A: live(70)})
    return msgspec.structs.replace(ledger, short_since=ago(minutes)), group


def since(known: Facts, due: Raise) -> Ledger:
    facts = situation(known)
    capacity = capacity_of(facts)
    return with_short(facts, capacity, demand_of(facts, capacity), due)


def test_every_reason_for_not_raising_has_its_alert() -> None:
    assert EXACT.keys() == set(get_args(RaiseCode))


@pytest.mark.parametrize(("minutes", "stands"), [(10.9, False), (11, True)])
def test_it_is_told_ten_minutes_beyond_the_lead(minutes: float, stands: bool) -> None:
    alert = short(situation(lacking(minutes)), WAITS, ())
    assert (alert is not None) is stands
    if alert:
        assert (alert.key, alert.cause) == ("short", "waiting")
        assert "since 2026-11-23T11:49:00Z: a release is not yet visible; " in alert.text


@pytest.mark.parametrize(
    ("code", "other", "stands"),
    [
        ("max-size", "max-size", False),
        ("max-size", "raise", True),
        ("raise", "raise", False),
        ("raise", "max-size", True),
        ("configuration", "configuration", False),
        ("waiting", "never-ready", True),
    ],
)
def test_of_one_cause_one_alert_stands(code: RaiseCode, other: str, stands: bool) -> None:
    found = short(situation(lacking(60)), Raise(None, code, "why"), [Alert(other, "")])
    assert (found is not None) is stands


def test_the_wait_begins_when_nothing_brings_the_room_and_ends_when_a_host_has_it() -> None:
    ledger, group = cluster({A: live(70)})
    began = since((ledger, group), WAITS)
    assert began.short_since == NOW
    assert since(lacking(5), WAITS).short_since == ago(5)
    assert since((ledger, group), Raise(2, "raise", "")).short_since is None
    assert since(cluster({A: live(30)}), WAITS).short_since is None
    owed = (began, msgspec.structs.replace(group, desired=2))
    assert since(owed, WAITS).short_since == NOW
    assert since((ledger, owed[1]), WAITS).short_since is None


def test_a_raise_and_a_launch_that_is_owed_do_not_begin_the_wait_anew() -> None:
    """Somebody lowers desired again and again: the wait is as long as the need."""
    assert since(lacking(5), Raise(2, "raise", "")).short_since == ago(5)
    assert short(situation(lacking(30)), Raise(2, "raise", ""), ()) is None
    assert short(situation(lacking(30)), Raise(None, "room", ""), ()) is None


def test_a_raise_that_aws_refuses_brings_nothing() -> None:
    ledger, group = lacking(5)
    refused = msgspec.structs.replace(ledger, raise_fails=Fails(ago(5), 1, "AccessDenied"))
    assert since((refused, group), Raise(2, "raise", "")).short_since == ago(5)
    first = msgspec.structs.replace(refused, short_since=None)
    assert since((first, group), Raise(2, "raise", "")).short_since == ago(5)


def test_a_raise_that_is_refused_is_told_as_short_until_it_is_told_itself() -> None:
    ledger, group = lacking(11)
    refused = msgspec.structs.replace(ledger, raise_fails=Fails(ago(11), 1, "AccessDenied"))
    due = Raise(2, "raise", "no room")
    for facts, others, stands in (
        (refused, "max-size", True),
        (refused, "raise", False),
        (ledger, "", False),
    ):
        assert bool(short(situation((facts, group)), due, [Alert(others, "")])) is stands


def test_launches_that_wait_after_hosts_that_never_got_ready_are_told_with_the_time_of_the_next() -> None:
    known, told = cluster({C: rolled(), A: booting(25), B: booting(15)}), {}
    for minute in range(26):
        facts = msgspec.structs.replace(situation(known), now=NOW + timedelta(minutes=minute))
        decided = decide(facts)
        known = (decided.ledger, known[1])
        told.update({(alert.key, minute): alert.text for alert in decided.decision.alerts})
    assert [minute for key, minute in told if key == "short"] == list(range(11, 25))
    assert "never got ready: no other is launched until 2026-11-23T12:25:00Z; " in told["short", 11]


def test_a_cluster_with_room_is_no_alert() -> None:
    assert planned(cluster({A: live(30)}))[1].alerts == ()


def test_a_wait_for_a_suspended_launch_began_before_somebody_lowered_the_number() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    suspended = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    ledger, made = planned((ledger, suspended))
    assert ledger.short_since == NOW
    assert [alert.key for alert in made.alerts if not alert.is_of("wall")] == ["launch suspended"]
    raised = msgspec.structs.replace(suspended, desired=1)
    assert since((ledger, raised), Raise(2, "raise", "")).short_since == NOW
    there = msgspec.structs.replace(cluster({A: live(70), B: live(30)})[0], short_since=NOW)
    assert since((there, suspended), WAITS).short_since is None


def test_raises_that_failed_are_a_part_of_the_wait() -> None:
    ledger, group = cluster({A: live(70)})
    failing = msgspec.structs.replace(ledger, raise_fails=Fails(ago(7), 2, "refused"))
    assert since((failing, group), WAITS).short_since == ago(7)
    owed = msgspec.structs.replace(failing, owed_since=ago(9))
    assert since((owed, group), WAITS).short_since == ago(9)
