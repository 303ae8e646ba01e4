"""The sentences of alerts, each with its own facts, and the last minute in which each is not yet one."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.launches import Activity, overdue_since, with_failed_launches
from chalicelib.core.alerts.no_live import with_no_live
from chalicelib.core.alerts.rdb_alerts import alert_of_rdb
from chalicelib.core.facts.bounds import STRANGERS_KEPT
from chalicelib.core.facts.ledger import Fails
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.voices import ClockAhead, Unanswered
from tests.unit.builders import (
    DEFAULTS,
    NOW,
    PENDING,
    SICK,
    TERMINATING,
    A,
    B,
    C,
    Facts,
    ago,
    cluster,
    drained,
    due,
    launching,
    live,
    planned,
    rdb,
    read,
    report,
    rolled,
    situation,
)

ROLLED = report(State.ROLLED, 86, 16, window=(10, 1010))
SILENT = rdb(ROLLED)
LONG_BOOT = ClusterSettings(lead=timedelta(minutes=30))


def told(known: Facts) -> dict[str, str]:
    return {alert.key: alert.text for alert in planned(known)[1].alerts}


def sentence(known: Rdb, settings: ClusterSettings = DEFAULTS) -> str | None:
    alert = alert_of_rdb(A, known, settings, NOW)
    return alert.text if alert else None


def changed(known: Rdb, **changes: object) -> Rdb:
    return msgspec.structs.replace(known, **changes)


def test_strangers_in_number_are_told_of_their_cluster() -> None:
    strangers = {
        f"i-{number:017x}": rdb(report(State.STANDBY), member=None) for number in range(STRANGERS_KEPT)
    }
    assert list(told(cluster({A: live(30), **strangers}))) == ["strangers"]


def test_a_group_at_max_size_is_told_with_the_reason_of_the_raise_that_is_not_done() -> None:
    full = cluster({A: live(70)}, max_size=1)
    assert told(full) == {"max-size": due(full).reason}


def test_raises_that_fail_are_told_with_the_time_that_is_left_and_the_number_to_raise_to() -> None:
    filling = msgspec.structs.replace(live(70), trail=(read(60, 6), read(70, 1)))
    ledger, group = cluster({A: filling})
    fails = Fails(ago(5), 3, "SetDesiredCapacity failed: " + "x" * 900)
    text = told((msgspec.structs.replace(ledger, raise_fails=fails), group))["raise"]
    assert "...; the live RDB is full in 8 min, as it fills now; it is tried again by itself; " in text
    assert text.endswith("raise group trades-rdb by hand to 2 meanwhile")


def test_a_launch_is_overdue_since_the_oldest_was_awaited() -> None:
    assert overdue_since(situation(cluster({A: launching(11), B: launching(20)}))) == ago(20)


def test_a_launch_that_was_released_meanwhile_is_not_awaited() -> None:
    released = rdb(member=PENDING, seen=20, released=1)
    assert overdue_since(situation(cluster({A: live(30), B: released}))) is None


def test_another_error_of_launches_is_first_seen_when_it_came() -> None:
    ledger, group = cluster({A: live(70), B: launching(30)})
    first = with_failed_launches(situation((ledger, group)), (Activity("not sufficient", ago(9)),))
    later = with_failed_launches(situation((first, group)), (Activity("over your quota", ago(1)),))
    assert later.trouble
    assert (later.trouble.code, later.trouble.since) == ("quota", ago(1))


def test_where_nobody_could_be_live_next_the_alert_says_nobody() -> None:
    ledger, group = cluster({A: rolled()}, max_size=1)
    ledger = msgspec.structs.replace(ledger, no_live_since=ago(3))
    text = told((ledger, group))["no-live"]
    assert text.endswith(
        "next: nobody, and no other is launched: no room in 1 counted, 1 wanted, but MaxSize is 1"
    )
    assert "look at q" not in text


@pytest.mark.parametrize(
    "was_live",
    [
        pytest.param(changed(live(30), stopped_at=NOW, member=SICK), id="stopped"),
        pytest.param(
            rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(10), State.LIVE)), id="at its deadline"
        ),
    ],
)
def test_who_was_live_and_cannot_be_now_is_missed(was_live: Rdb) -> None:
    assert with_no_live(situation(cluster({A: was_live}))).no_live_since == NOW


@pytest.mark.parametrize(("minutes", "is_told"), [(14.9, False), (15, True)])
def test_a_long_boot_deadline_does_not_put_off_that_q_does_not_answer(minutes: float, is_told: bool) -> None:
    held = Unanswered(ago(minutes), State.LIVE, "window (0, 9], 7 rows")
    known = changed(rdb(report(State.UNKNOWN, 30), unanswered=held), ready_at=ago(50))
    expected = (
        f"{A}: q does not answer since 2026-11-23T11:45:00Z, its reporter lives: window (0, 9], 7 rows; "
        "look at q on that host"
    )
    assert sentence(known, LONG_BOOT) == (expected if is_told else None)


@pytest.mark.parametrize(
    ("others", "desired", "then"),
    [
        (
            {},
            1,
            "since 2026-11-23T11:45:00Z updates wait in the log; live next: "
            "nobody, and a raise to 2 is asked for now",
        ),
        ({B: live(30)}, 2, f"{B} is live now"),
        (
            {B: changed(rdb(report(State.LIVE, 30, 14), SICK), stopped_at=ago(5)), C: live(30)},
            3,
            f"{C} is live now",
        ),
        (
            {B: changed(rdb(report(State.ROLLED, 85, 1)), ready_at=ago(14))},
            2,
            f"{B} took the updates since; live next: nobody, and a raise to 3 is asked for now",
        ),
    ],
    ids=["nobody", "another", "one that was stopped is not", "one that has rolled since"],
)
def test_the_alert_about_the_live_ones_q_says_that_it_was_live_and_what_comes_next(
    others: dict[str, Rdb], desired: int, then: str
) -> None:
    held = Unanswered(ago(15), State.LIVE, "window (0, 9], 7 rows")
    lost = rdb(report(State.UNKNOWN, 30), unanswered=held)
    text = told(cluster({A: lost, **others}, desired=desired))[f"unknown {A}"]
    assert text == (
        f"{A}: q does not answer since 2026-11-23T11:45:00Z, its reporter lives: window (0, 9], 7 rows; it "
        f"was live: {then}; look at q on that host"
    )


def test_an_rdb_that_was_stopped_and_serves_again_is_not_told_as_stopped() -> None:
    assert sentence(changed(live(30), stopped_at=ago(5))) is None


@pytest.mark.parametrize(
    "quiet",
    [
        pytest.param(changed(SILENT, member=PENDING), id="pending"),
        pytest.param(changed(SILENT, member=TERMINATING, ending_since=ago(5), released_at=ago(5)), id="ours"),
        pytest.param(changed(drained(20), member=TERMINATING, ending_since=ago(5)), id="proven empty"),
        pytest.param(changed(SILENT, released_at=ago(1)), id="released, and still shown"),
    ],
)
def test_an_rdb_that_comes_or_goes_is_not_told_as_silent(quiet: Rdb) -> None:
    assert sentence(quiet) is None


def test_a_host_that_nothing_is_known_of_is_not_silent_before_its_boot_deadline() -> None:
    assert sentence(rdb(seen=20), LONG_BOOT) is None


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (
            rdb(report(State.BOOTING, 3), seen=15),
            f"{A} was first seen at 2026-11-23T11:45:00Z and never seen ready: booting; look at its user "
            "data, q and reporter",
        ),
        (
            rdb(seen=15),
            f"{A} was first seen at 2026-11-23T11:45:00Z and never seen ready: never heard of; look at its "
            "user data, q and reporter",
        ),
        (
            SILENT,
            f"{A} (rolled) silent since 2026-11-23T11:44:00Z: window (10, 1010], 1000 rows; look at its host",
        ),
        (
            rdb(metric=read(30, 16)),
            f"{A} (no report) silent since 2026-11-23T11:44:00Z: no window known; look at its host",
        ),
        (
            changed(rdb(report(State.STANDBY, 4, rows=0)), dead_at=NOW, member=SICK),
            f"{A} was terminated in EC2: it was standby and held nothing",
        ),
        (
            changed(live(30, 10), clock_ahead=ClockAhead(ago(9), ago(1), 90)),
            f"{A}: its clock is 90 s ahead, so that its reports are refused since 2026-11-23T11:51:00Z; "
            "set its clock: chronyc makestep on that host",
        ),
        (
            changed(live(30, 5), clock_ahead=ClockAhead(ago(9), ago(1), 90, mixed=True)),
            f"{A}: reports whose clock is 90 s ahead are refused since 2026-11-23T11:51:00Z, and others "
            "between them are not: two speak in its name, or its clock jumps; look at its host, and at who "
            "may publish to the topic",
        ),
        (
            rdb(ROLLED, metric=read(86)),
            f"{A} (rolled): no report since 2026-11-23T11:44:00Z, though the other one comes; run "
            "highwater-rdb check on that host: its clock, its role",
        ),
    ],
    ids=[
        "booting",
        "never heard of",
        "silent",
        "metric alone",
        "dead standby",
        "clock",
        "mixed",
        "one voice",
    ],
)
def test_an_alert_about_one_rdb_says(known: Rdb, text: str) -> None:
    assert sentence(known) == text
