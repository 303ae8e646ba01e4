"""Nobody is live: told after two minutes with who could be next, and never before somebody was."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.no_live import with_no_live
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Asked, Fails, Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.tickerplant import KnownTickerplant
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import (
    DEFAULTS,
    NOW,
    SICK,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    drained,
    launching,
    live,
    planned,
    rdb,
    read,
    report,
    rolled,
    situation,
    tickerplant,
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
        assert f"next: {C} (booting, until" in alert.text
        assert "launches that AWS owes: 1" in alert.text
        assert alert.text.endswith(f"; look at q on {B}")
        assert alert.cause == "booting owed"


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


def seen_live(rdbs: dict[str, Rdb], later: dict[str, Rdb], settings: ClusterSettings = DEFAULTS) -> Ledger:
    """The ledger after a look at the first facts, and one at what became of them."""
    ledger = with_no_live(situation(cluster(rdbs)))
    _, group = cluster(later)
    after = msgspec.structs.replace(ledger, rdbs=later)
    return with_no_live(situation((after, group), settings))


@pytest.mark.parametrize(
    ("later", "begins"),
    [
        ({A: BOOTING}, True),
        ({A: STANDBY}, True),
        ({A: LOST}, True),
        ({A: msgspec.structs.replace(live(), member=None), B: BOOTING}, True),
        ({B: STANDBY}, True),
        ({A: drained(), B: STANDBY}, False),
        ({A: msgspec.structs.replace(drained(), member=None), B: BOOTING}, False),
        ({A: drained()}, False),
        ({}, False),
    ],
    ids=[
        "its q restarted",
        "it waits again",
        "its q does not answer",
        "it left",
        "it left long ago",
        "it drained at the end of the day",
        "it drained and left",
        "it drained and is alone",
        "all are gone",
    ],
)
def test_who_was_live_at_the_last_look_is_missed_unless_it_drained(
    later: dict[str, Rdb], begins: bool
) -> None:
    assert seen_live({A: live()}, later).no_live_since == (NOW if begins else None)
    assert seen_live({A: live()}, later, ClusterSettings(retiring=True)).no_live_since is None


def test_who_was_live_and_drained_is_not_missed_when_it_restarts_for_the_next_day() -> None:
    over = seen_live({A: live()}, {A: drained()})
    again = msgspec.structs.replace(over, rdbs={A: BOOTING})
    assert with_no_live(situation((again, cluster({A: BOOTING})[1]))).no_live_since is None


def test_who_was_live_is_missed_once_the_group_is_no_longer_empty() -> None:
    empty = seen_live({A: live()}, {})
    ledger, group = cluster({B: launching()})
    begun = with_no_live(situation((msgspec.structs.replace(ledger, last_live=empty.last_live), group)))
    assert (empty.no_live_since, begun.no_live_since) == (None, NOW)


def test_a_raise_that_comes_to_nothing_is_no_launch_that_could_be_next() -> None:
    ledger, group = since(cluster({A: rolled()}, asked=Asked(2, ago(1))), 3)
    (alert,) = told((msgspec.structs.replace(ledger, raise_fails=Fails(ago(1), 1, "no answer")), group))
    assert ("next: nobody" in alert.text, alert.cause) == (True, "")


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


@pytest.mark.parametrize(
    ("waiting", "heard", "known", "begins"),
    [
        (7, 1, {A: LOST}, True),
        (7, 1, {A: BOOTING}, True),
        (7, 1, {}, True),
        (7, 1, {A: live()}, False),
        (0, 1, {A: LOST}, False),
        (7, 60, {A: LOST}, False),
    ],
    ids=["q hangs", "it boots", "the group is empty", "one is live", "none waits", "the word is old"],
)
def test_updates_that_wait_are_told_though_no_rdb_was_live_before(
    waiting: int, heard: float, known: dict[str, Rdb], begins: bool
) -> None:
    ledger, group = cluster(known)
    ledger = msgspec.structs.replace(ledger, tickerplant=tickerplant(waiting=waiting, ago=heard))
    begun = with_no_live(situation((ledger, group)))
    assert begun.no_live_since == (ago(heard) if begins else None)
    alerts = told(since((begun, group), 8)) if begins else []
    assert [
        f"and {waiting} updates wait in the log, as the tickerplant says; next: " in alert.text
        for alert in alerts
    ] == [True] * begins


def test_a_live_one_whose_q_does_not_answer_is_missed_at_once_if_updates_wait_for_it() -> None:
    held = rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(3), State.LIVE))
    ledger, group = cluster({A: held})
    waits = msgspec.structs.replace(ledger, tickerplant=tickerplant(waiting=7, ago=2))
    assert with_no_live(situation((waits, group))).no_live_since == ago(2)
    none_waits = msgspec.structs.replace(ledger, tickerplant=tickerplant(waiting=0, ago=2))
    assert with_no_live(situation((none_waits, group))).no_live_since is None


def test_one_that_rolled_by_the_name_of_its_metric_was_live_before_whoever_lost_the_ledger() -> None:
    known = msgspec.structs.replace(rdb(None, metric=read(86)), rested=True)
    assert with_no_live(situation(cluster({A: known}))).no_live_since == NOW
    assert "next: nobody" in text_of(cluster({A: known}))
    none_waits = msgspec.structs.replace(cluster({A: known})[0], tickerplant=tickerplant(waiting=0, ago=1))
    assert with_no_live(situation((none_waits, cluster({A: known})[1]))).no_live_since is None
    other = msgspec.structs.replace(known, rested=False)
    assert with_no_live(situation(cluster({A: other}))).no_live_since is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (tickerplant(waiting=0, ago=1), "though no updates wait, as the tickerplant says"),
        (None, "so that updates wait in the log"),
    ],
)
def test_updates_wait_in_the_log_unless_the_tickerplant_says_that_none_do(
    said: KnownTickerplant | None, words: str
) -> None:
    assert f", {words}; next: " in text_of(cluster({A: rolled()}), tickerplant=said, last_live=A)


def test_it_is_over_where_nobody_was_live_and_the_updates_no_longer_wait() -> None:
    ledger, group = since(cluster({A: LOST}), 30)
    over = msgspec.structs.replace(ledger, tickerplant=tickerplant(waiting=0, ago=1))
    assert with_no_live(situation((over, group))).no_live_since is None
    assert with_no_live(situation((ledger, group))).no_live_since == ago(30)


def test_it_names_who_was_live_last() -> None:
    ledger, group = since(cluster({A: rolled(), B: BOOTING}), 3)
    (alert,) = told((msgspec.structs.replace(ledger, last_live=A), group))
    assert f"though {A} was before, so that updates wait in the log" in alert.text


def text_of(known: Facts, **changes: object) -> str:
    ledger, group = since(known, 8)
    (alert,) = told((msgspec.structs.replace(ledger, **changes), group))
    return alert.text


def test_where_the_last_one_is_full_and_raises_fail_it_says_so_and_sends_nobody_to_a_q() -> None:
    full = msgspec.structs.replace(rolled(), peak=read(88))
    text = text_of(cluster({A: full}), last_live=A, raise_fails=Fails(ago(9), 3, "denied"))
    assert text.endswith(f"; {A} is full (88 %); next: nobody, and raises fail, see the alert raise")


def test_many_that_boot_are_counted_with_the_time_of_the_first() -> None:
    booting = {f"i-{n:017x}": rdb(report(State.BOOTING, 4), seen=n) for n in range(1, 5)}
    text = text_of(cluster({A: rolled(), **booting}))
    assert text.endswith("next: 4 hosts boot, the first is due by 2026-11-23T12:06:00Z")


def test_q_is_to_be_looked_at_where_it_does_not_answer_and_the_tickerplant_where_a_standby_waits() -> None:
    assert "; look at q on " not in text_of(cluster({A: rolled(), B: OLD}))
    assert text_of(cluster({A: HUNG, C: rolled()})).endswith(f"; look at q on {A}")
    lately = rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(5), State.STANDBY))
    assert f"next: {A} (unknown at" in text_of(cluster({A: lately, C: rolled()}), last_live=C)
    assert "; look at the tickerplant, or ask for capacity" in text_of(cluster({A: rolled(), B: STANDBY}))


def test_where_nobody_was_ever_live_and_the_tickerplant_is_silent_its_last_word_is_told() -> None:
    text = text_of(cluster({A: BOOTING}), tickerplant=tickerplant(waiting=100, ago=20))
    assert (
        "and 100 updates waited in the log by the last word of the tickerplant, which is silent since "
        "2026-11-23T11:40:00Z; next: "
    ) in text
    assert "was before" not in text
