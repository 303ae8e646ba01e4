"""Nobody is live: told after two minutes with who could be next, and never before somebody was."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.no_live import with_no_live
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.rdb import Rdb, Unanswered
from chalicelib.core.facts.settings import ClusterSettings
from tests.unit.builders import (
    NOW,
    SICK,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    launching,
    live,
    planned,
    rdb,
    report,
    rolled,
    situation,
)

STANDBY = rdb(report(State.STANDBY, 4, rows=0))
OLD = rdb(report(State.STANDBY, 4, 16, rows=0))
ROOMLESS = rdb(report(State.STANDBY, 70, rows=0))
SICKLY = msgspec.structs.replace(STANDBY, member=SICK)
BOOTING = rdb(report(State.BOOTING, 4), seen=1)
LOST = rdb(report(State.UNKNOWN, 4), unanswered=Unanswered(ago(20), State.STANDBY))
HUNG = rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(11), State.LIVE))


def since(known: Facts, minutes: float) -> Facts:
    return msgspec.structs.replace(known[0], no_live_since=ago(minutes)), known[1]


def told(known: Facts) -> list[Alert]:
    return [alert for alert in planned(known)[1].alerts if alert.is_of("no-live")]


@pytest.mark.parametrize(("minutes", "times"), [(1.9, 0), (2, 1)])
def test_it_is_told_after_two_minutes_with_who_could_be_next_and_why_it_is_not(
    minutes: float, times: int
) -> None:
    alerts = told(since(cluster({A: rolled(), B: LOST, C: BOOTING}, desired=4), minutes))
    assert len(alerts) == times
    for alert in alerts:
        assert f"{B} (unknown since" in alert.text
        assert f"{C} (booting, until" in alert.text
        assert "launches that AWS owes: 1" in alert.text
        assert alert.cause == "booting owed unknown"


@pytest.mark.parametrize(
    ("standby", "minutes", "times"),
    [(STANDBY, 6.9, 0), (STANDBY, 7, 1), (OLD, 2, 1), (ROOMLESS, 2, 1), (SICKLY, 2, 1)],
    ids=["it is ready", "its next report came", "long unheard", "above the threshold", "unhealthy"],
)
def test_one_lost_report_of_a_standby_that_became_live_tells_nobody_that_none_is(
    standby: Rdb, minutes: float, times: int
) -> None:
    assert len(told(since(cluster({A: rolled(), B: standby}), minutes))) == times


@pytest.mark.parametrize(
    ("rdbs", "begins"),
    [
        ({A: rolled(), B: BOOTING}, True),
        ({A: rolled(), B: STANDBY}, True),
        ({A: HUNG, B: launching()}, True),
        ({A: msgspec.structs.replace(live(30), dead_at=NOW, member=SICK)}, True),
        ({A: live(30, 15)}, True),
        ({A: rolled(), B: live(30)}, False),
        ({A: STANDBY, B: BOOTING}, False),
        ({A: LOST}, False),
    ],
)
def test_the_wait_begins_when_one_was_live_and_none_is(rdbs: dict[str, Rdb], begins: bool) -> None:
    assert with_no_live(situation(cluster(rdbs))).no_live_since == (NOW if begins else None)


def test_it_stands_until_one_is_live_though_those_who_were_are_gone() -> None:
    (alert,) = told(since(cluster({A: STANDBY}), 30))
    assert "no RDB is live since 2026-11-23T11:30:00Z" in alert.text
    assert told(since(cluster({A: live(30)}), 30)) == []


def test_a_cluster_that_is_removed_or_empty_misses_nobody() -> None:
    assert with_no_live(situation(since(cluster({}), 30))).no_live_since is None
    retiring = situation(since(cluster({A: rolled()}), 30), ClusterSettings(retiring=True))
    assert with_no_live(retiring).no_live_since is None


def test_a_live_q_that_does_not_answer_is_live_until_its_deadline() -> None:
    held = Unanswered(NOW - timedelta(minutes=9), State.LIVE)
    known = cluster({A: msgspec.structs.replace(HUNG, unanswered=held)})
    assert with_no_live(situation(known)).no_live_since is None
