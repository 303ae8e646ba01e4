"""What the control plane promises in the harness is noticed when it is taken out of the control plane."""

from datetime import datetime
from typing import Any, get_args

import pytest

from chalicelib.contract.report import Report, parse_report
from chalicelib.core import decide
from chalicelib.core.alerts import telling
from chalicelib.core.capacity import raises
from chalicelib.core.commands import commands
from chalicelib.core.decision import DecisionCode
from chalicelib.core.facts.alert import AlertCase
from chalicelib.triggers.aws_events import Published
from twin.fuzz import functions
from twin.fuzz.judge import UNDECIDED
from twin.fuzz.plan import Fault, Kind
from twin.fuzz.waits import CAUSES
from twin.fuzz.world import World

TIMES = (600.0, 620.0, 640.0, 1500.0, 1520.0, 2400.0)


def without_topic(published: Published, now: datetime) -> Report:
    return parse_report(published.message, now)


def broken(invariant: str, kinds: tuple[Kind, ...], dice: int = 0) -> str:
    """The first breach of an invariant in a short world with these faults; empty if there is none."""
    faults = [Fault(0, at, kind, dice) for at in TIMES for kind in kinds]
    world = World("7/0", "highwater")
    world.run(faults, stop_at=invariant)
    return "; ".join(each.text for each in world.account.tally.broken if each.invariant == invariant)


MUTANTS: tuple[tuple[str, tuple[Kind, ...], int, Any, str, Any], ...] = (
    ("silent_waits", ("never_reports", "q_dead"), 0, decide, "alerts_of", lambda *_: ()),
    ("silent_waits", ("launch_failed", "rdb_crashed"), 5, decide, "alerts_of", lambda *_: ()),
    ("stale_alerts", ("q_dead",), 0, telling, "_is_over", lambda *_: False),
    ("lowered", ("raised_between", "q_dead"), 0, raises, "undone", lambda *_: None),
    ("double_launches", ("old_command",), 0, commands, "too_old", lambda *_: False),
    ("of_another_cluster", ("forged_elsewhere",), 0, functions, "report_of", without_topic),
)


@pytest.mark.parametrize(("invariant", "kinds", "dice", "module", "name", "mutant"), MUTANTS)
def test_a_promise_that_is_taken_out_is_missed(
    monkeypatch: pytest.MonkeyPatch,
    invariant: str,
    kinds: tuple[Kind, ...],
    dice: int,
    module: Any,
    name: str,
    mutant: Any,
) -> None:
    assert not broken(invariant, kinds, dice)
    monkeypatch.setattr(module, name, mutant)
    assert broken(invariant, kinds, dice)


def test_the_harness_judges_each_case_of_alert_by_its_cause() -> None:
    assert CAUSES.keys() == set(get_args(AlertCase))


def test_the_harness_knows_the_codes_of_a_cluster_that_is_not_decided() -> None:
    assert UNDECIDED - {"not listed"} <= set(get_args(DecisionCode))
