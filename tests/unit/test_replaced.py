"""A command that replaces what is there, or lifts what is not, says so in its result."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.decide import decide
from chalicelib.core.facts.calendar import KeptCalendar
from chalicelib.core.facts.ledger import Floor
from chalicelib.core.facts.rdb import Hold
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.wake_ups import Command, LiftHold, RemoveCalendar, SetCalendar, SetFloor, SetHold
from chalicelib.core.results import results_of
from tests.unit.builders import NOW, A, B, ago, cluster, drained, live, situation
from tests.unit.nights import calendar

HOUR = timedelta(hours=1)
AUDIT = Hold("audit", "ann", ago(30), NOW + HOUR)
SINCE = f"on hold since {AUDIT.at:%FT%TZ} until {AUDIT.until:%FT%TZ} by ann: audit"
KNOWN = situation(cluster({A: live(30), B: drained()}, max_size=6))
ON_HOLD = KNOWN.on(msgspec.structs.replace(KNOWN.ledger, hold=AUDIT))
B_ON_HOLD = KNOWN.on(KNOWN.ledger.with_rdb(B, hold=AUDIT))
SET, LIFT = SetHold("c1", "bob", NOW, "query"), LiftHold("c1", "bob", NOW)


def said(facts: Situation, *commands: Command) -> list[tuple[str, ...]]:
    """What the result of each command says, all of them carried out."""
    made = decide(facts, commands)
    results = results_of(made.decision, commands, made.commanded.replaced)
    assert {result.state for result in results} == {"carried-out"}
    return [result.reasons for result in results]


@pytest.mark.parametrize(
    ("facts", "command", "text"),
    [
        (ON_HOLD, SET, f"it replaces another: the cluster was {SINCE}"),
        (B_ON_HOLD, msgspec.structs.replace(SET, instance_id=B), f"it replaces another: {B} was {SINCE}"),
        (KNOWN, LIFT, "nothing was lifted: the cluster was not on hold"),
        (B_ON_HOLD, LIFT, f"nothing was lifted: the cluster was not on hold; {B} has a hold of its own"),
        (
            ON_HOLD,
            msgspec.structs.replace(LIFT, instance_id=B),
            f"nothing was lifted: {B} was not on hold",
        ),
    ],
)
def test_a_hold_says_which_it_replaces_and_a_lift_that_nothing_was_on_hold(
    facts: Situation, command: Command, text: str
) -> None:
    assert said(facts, command) == [(text,)]


@pytest.mark.parametrize(
    ("facts", "command"),
    [(KNOWN, SET), (ON_HOLD, LIFT), (ON_HOLD, msgspec.structs.replace(SET, instance_id=B))],
)
def test_where_nothing_is_replaced_nothing_is_said(facts: Situation, command: Command) -> None:
    assert said(facts, command) == [()]


def test_of_two_in_one_decision_the_second_replaces_the_first() -> None:
    second = SetHold("c2", "ann", NOW, "more")
    (first, then) = said(KNOWN, SET, second)
    assert first == ()
    assert then == (f"it replaces another: the cluster was on hold since {NOW:%FT%TZ} by bob: query",)


@pytest.mark.parametrize(
    ("hosts", "hours", "told"), [(3, 3, False), (4, 2, False), (4, 1, True), (2, 3, True)]
)
def test_a_floor_says_which_it_replaces_if_that_had_more_hosts_or_a_later_end(
    hosts: int, hours: int, told: bool
) -> None:
    facts = KNOWN.on(msgspec.structs.replace(KNOWN.ledger, floor=Floor(3, "ann", NOW + 2 * HOUR)))
    (reasons,) = said(facts, SetFloor("c1", "bob", NOW, hosts, NOW + hours * HOUR))
    text = f"it replaces another: ann had asked for 3 until {NOW + 2 * HOUR:%FT%TZ}"
    assert reasons == ((text,) if told else ())


def test_a_calendar_says_which_it_replaces_and_a_removal_that_there_was_none() -> None:
    kept = msgspec.structs.replace(calendar(), by="ann", at=ago(30))
    facts = msgspec.structs.replace(KNOWN, kept=KeptCalendar(kept))
    put = SetCalendar("c1", "bob", NOW, calendar())
    assert said(KNOWN, put) == [()]
    (reasons,) = said(facts, put)
    assert reasons == (
        f"it replaces another, which reached until {kept.reaches:%FT%TZ}, put by ann at {kept.at:%FT%TZ}",
    )
    assert said(KNOWN, RemoveCalendar("c1", "bob", NOW)) == [("nothing was removed: there was no calendar",)]
    assert said(facts, RemoveCalendar("c1", "bob", NOW)) == [()]
