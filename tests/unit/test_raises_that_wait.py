"""When a raise waits: for a newer reading, and for a release that Describe does not show yet (rule 4)."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.wake_ups import Verdict
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    drained,
    due,
    gone,
    launching,
    live,
    rdb,
    read,
    report,
    rolled,
    situation,
)


def test_no_host_is_asked_for_below_a_describe_that_does_not_show_a_release_yet() -> None:
    found = due(cluster({A: live(70), B: gone(1)}))
    assert (found.target, found.code) == (None, "waiting")


@pytest.mark.parametrize(
    ("read_at", "first", "wanted", "code"),
    [
        pytest.param(3, 2, None, "waiting", id="read before the other first drained"),
        pytest.param(1, 2, 3, "raise", id="read after the other first drained"),
        pytest.param(2, 2, None, "waiting", id="read in the minute in which the other first drained"),
    ],
)
def test_a_full_reading_from_before_anothers_first_drained_is_not_acted_on(
    read_at: float, first: float, wanted: int | None, code: str
) -> None:
    found = due(cluster({A: live(70, read_at), B: drained(0.5, first)}))
    assert (found.target, found.code) == (wanted, code)


@pytest.mark.parametrize(
    ("since", "wanted", "code"), [(None, None, "waiting"), (4.99, None, "waiting"), (5, 3, "raise")]
)
@pytest.mark.parametrize("first", [0.5, 2, 60])
def test_the_wait_is_over_five_minutes_after_its_beginning_whenever_the_other_drained(
    first: float, since: float | None, wanted: int | None, code: str
) -> None:
    ledger, group = cluster({A: live(70, 61), B: drained(0.5, first)})
    begun = msgspec.structs.replace(ledger, overtaken_since=None if since is None else ago(since))
    found = due((begun, group))
    assert (found.target, found.code) == (wanted, code)


# What each of two hosts says in a minute; a `drained` is proven, and the first one after anything else.
says = st.sampled_from([None, State.DRAINED, State.ROLLED, State.STANDBY, State.LIVE])


@settings(deadline=None)
@given(st.lists(st.tuples(says, says), min_size=10, max_size=20))
def test_no_sequence_of_reports_makes_a_raise_wait_for_longer_than_five_minutes(
    minutes: list[tuple[State | None, State | None]],
) -> None:
    """The live one is full and not read any more; the two others say whatever they want."""
    ledger, group = cluster({A: live(70), B: rolled(), C: rolled()})
    waited = timedelta()
    for minute, both in enumerate(minutes):
        now = NOW + timedelta(minutes=minute)
        for instance_id, state in zip((B, C), both, strict=True):
            if state:
                said = report(state, 88, -minute, instance_id)
                verdict = Verdict(holds=True, why="") if state is State.DRAINED else None
                ledger, _ = with_report(ledger, said, now, verdict)
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger = msgspec.structs.replace(decided.ledger, asked=None)
        waits = "waiting for a newer one" in decided.decision.reason
        waited = waited + timedelta(minutes=1) if waits else timedelta()
        assert waited <= timedelta(minutes=5)


def test_a_wait_ends_with_its_cause_and_the_next_one_begins_anew() -> None:
    ledger, group = cluster({A: live(70, 3), B: drained(0.5, 2)})
    begun = decide(situation((ledger, group))).ledger
    assert begun.overtaken_since == NOW
    assert decide(situation((begun, group))).ledger.overtaken_since == NOW
    newer = msgspec.structs.replace(begun, rdbs={**begun.rdbs, A: live(30)})
    assert decide(situation((newer, group))).ledger.overtaken_since is None


def test_a_raise_that_aws_refuses_does_not_wait_again() -> None:
    ledger, group = cluster({A: live(70, 3), B: drained(0.5, 2)})
    begun = msgspec.structs.replace(ledger, overtaken_since=ago(5))
    decided = decide(situation((begun, group)))
    assert (decided.decision.code, decided.ledger.overtaken_since) == ("raise", ago(5))


def test_one_that_has_rolled_waits_for_no_reading_of_itself() -> None:
    rolled_before = rdb(report(State.ROLLED, 88, 30))
    assert due(cluster({A: live(70), B: rolled_before, C: drained(0.5, 2)})).code == "raise"


def test_one_that_needs_no_wait_does_not_hide_another_that_does() -> None:
    known = cluster({A: drained(0.5, 2), B: live(60, 3), C: rolled()})
    assert due(known).code == "waiting"


def test_the_wait_names_whom_it_waits_for() -> None:
    assert due(cluster({A: live(70, 3), B: drained(0.5, 2)})).reason.startswith(
        f"{A} was read before another drained at 2026-11-23T11:58:00Z"
    )


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(cluster({A: drained(0.5, 2)}), id="only its own drain"),
        pytest.param(
            cluster({A: rdb(metric=read(95, 3), seen=60, peak=read(95, 3))}), id="nobody drained at all"
        ),
        pytest.param(cluster({A: launching(11), B: drained(0.5, 2)}), id="the other is pending"),
        pytest.param(
            cluster({A: live(40, 16), B: drained(0.5, 2)}), id="the other's old reading is not full"
        ),
        pytest.param(cluster({A: drained(3, 3), B: drained(0.5, 2)}), id="both are drained"),
    ],
)
def test_nothing_else_makes_a_raise_wait(known: Facts) -> None:
    assert due(known).code == "raise"


def test_the_wait_counts_from_the_latest_of_several_drains() -> None:
    known = cluster({A: live(70, 3), B: drained(0.5, 20), C: drained(0.5, 2)})
    assert due(known).code == "waiting"


def test_the_drain_of_an_rdb_that_has_left_still_makes_the_raise_wait() -> None:
    leaver = msgspec.structs.replace(drained(1, 2), member=None, released_at=ago(1))
    assert due(cluster({A: live(70, 3), B: leaver})).code == "waiting"
