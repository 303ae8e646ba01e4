"""Holds end at their time, are told when they are forgotten, and never undo a younger one."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.commands.holds import without_ended_holds
from chalicelib.core.decide import decide
from chalicelib.core.facts.rdb import Hold
from chalicelib.core.facts.wake_ups import LiftHold, SetHold
from tests.unit.builders import NOW, A, B, Facts, ago, cluster, drained, live, situation

END = NOW + timedelta(hours=1)
UNTIL = Hold("audit", "ann", ago(30), END)


def held(of_cluster: Hold | None = None, of_rdb: Hold | None = None) -> Facts:
    """A live RDB and a drained one, which is on hold, or its cluster is."""
    ledger, group = cluster({A: live(), B: drained()})
    return msgspec.structs.replace(ledger, hold=of_cluster).with_rdb(B, hold=of_rdb), group


@pytest.mark.parametrize("known", [held(of_cluster=UNTIL), held(of_rdb=UNTIL)])
def test_a_hold_stands_until_its_end_and_no_longer(known: Facts) -> None:
    before, ended = without_ended_holds(known[0], END - timedelta(seconds=1))
    assert (before, ended) == (known[0], ())
    after, (sentence,) = without_ended_holds(known[0], END)
    assert (after.hold, after.rdbs[B].hold) == (None, None)
    assert "on hold since 2026-11-23T11:30:00Z until 2026-11-23T13:00:00Z by ann: audit" in sentence


def test_a_hold_without_an_end_stands() -> None:
    ledger = held(of_cluster=Hold("audit", "ann", NOW))[0]
    assert without_ended_holds(ledger, NOW + timedelta(days=400)) == (ledger, ())


def test_a_hold_with_an_end_is_set_with_it() -> None:
    found = decide(situation(held()), [SetHold("c1", "ann", NOW, "audit", B, END)])
    assert found.ledger.rdbs[B].hold == Hold("audit", "ann", NOW, END)


@pytest.mark.parametrize("whom", [None, B])
def test_an_old_command_leaves_a_younger_hold_as_it_is_and_says_so(whom: str | None) -> None:
    young = Hold("do not touch", "bob", ago(1))
    known = held(of_cluster=None if whom else young, of_rdb=young if whom else None)
    for command in (LiftHold("c1", "ann", ago(2), whom), SetHold("c1", "ann", ago(2), "old", whom)):
        found = decide(situation(known), [command])
        assert (found.ledger.hold or found.ledger.rdbs[B].hold) == young
        (refusal,) = [r for r in found.decision.refused if r.command_id]
        assert refusal.what == "hold"
        assert (
            f"since then {whom or 'the cluster'} is on hold since 2026-11-23T11:59:00Z by bob"
            in refusal.reasons[0]
        )
        assert found.decision.release == ()


@pytest.mark.parametrize(
    ("hold", "told"),
    [
        (Hold("audit", "ann", ago(24 * 60)), True),
        (Hold("audit", "ann", ago(24 * 60 - 1)), False),
        (Hold("audit", "ann", ago(24 * 60), END), False),
    ],
)
@pytest.mark.parametrize("whom", ["cluster", B])
def test_a_hold_that_has_stood_for_a_day_without_an_end_is_told(hold: Hold, told: bool, whom: str) -> None:
    known = held(of_rdb=hold) if whom == B else held(of_cluster=hold)
    alerts = decide(situation(known)).decision.alerts
    of_hold = [alert for alert in alerts if alert.is_of("hold")]
    assert [alert.key for alert in of_hold] == ([f"hold {whom}"] if told else [])
    assert all("by ann: audit" in alert.text for alert in of_hold)
