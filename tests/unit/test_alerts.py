"""What operators are told, once each time that it starts: the late, the silent, the dead, the full."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from chalicelib.core.group import Group, Member
from chalicelib.core.ledger import Ledger, Rdb, Reading
from chalicelib.core.looks import Activity, Looks, looks_of, with_failed_launches
from chalicelib.core.runway import runway_minutes
from chalicelib.core.situation import Situation
from tests.unit.builders import (
    DEFAULTS,
    NOW,
    RETAINED,
    SICK,
    TERMINATING,
    A,
    B,
    ago,
    cluster,
    drained,
    launching,
    live,
    planned,
    rdb,
    read,
    report,
    situation,
)

Facts = tuple[Ledger, Group]
FULL = report(State.ROLLED, 86, 1, window=(10, 1010))


def decision(known: Facts) -> Decision:
    return planned(known)[1]


def told(known: Facts) -> dict[str, str]:
    return {alert.key: alert.text for alert in decision(known).alerts}


def ending(member: Member, minutes: float = 5) -> Rdb:
    return msgspec.structs.replace(rdb(FULL, member), ending_since=ago(minutes))


def test_a_calm_cluster_tells_nobody_anything() -> None:
    assert told(cluster({A: live(30)})) == {}


def test_an_alert_is_told_once_while_it_stands_and_again_when_it_comes_back() -> None:
    ledger, group = cluster({A: live(70)}, max_size=1)
    _, first = planned((ledger, group))
    after = msgspec.structs.replace(ledger, told={"max-size": NOW})
    again = planned((after, group))[1]
    assert [alert.key for alert in first.tell] == ["max-size"]
    assert ([alert.key for alert in again.alerts], again.tell) == (["max-size"], ())
    calm, _ = planned((after, msgspec.structs.replace(group, max_size=5)))
    assert calm.told == {}


def test_an_rdb_that_aws_ends_by_itself_is_told_with_its_window_and_until_when_it_is_held() -> None:
    text = told(cluster({A: live(30), B: ending(TERMINATING)}))[f"terminating {B}"]
    assert "not by Highwater: window (10, 1010], 1000 rows" in text
    assert "until 2026-11-23T13:55:00Z, retained then" in text


def test_an_rdb_that_we_released_on_its_proof_is_no_alert() -> None:
    leaver = msgspec.structs.replace(
        rdb(report(State.DRAINED), TERMINATING), ending_since=ago(1), released_at=ago(1)
    )
    assert told(cluster({A: live(30), B: leaver})) == {}


def test_an_rdb_that_proved_to_be_empty_may_be_ended_by_anybody_without_an_alert() -> None:
    proven = msgspec.structs.replace(drained(), member=TERMINATING, ending_since=ago(1))
    unproven = msgspec.structs.replace(proven, proven_sequence=None)
    assert told(cluster({A: live(30), B: proven})) == {}
    assert f"terminating {B}" in told(cluster({A: live(30), B: unproven}))


def test_an_rdb_that_was_retained_is_told() -> None:
    assert told(cluster({A: live(30), B: ending(RETAINED)}))[f"retained {B}"].endswith(
        "window (10, 1010], 1000 rows"
    )


def test_a_dead_rdb_that_held_data_is_told_with_what_was_lost_from_memory() -> None:
    dead = msgspec.structs.replace(rdb(FULL, SICK), dead_at=NOW)
    found = decision(cluster({A: live(30), B: dead}))
    (alert,) = found.alerts
    assert alert.text == (
        f"{B} was terminated in EC2: window (10, 1010], 1000 rows lost from memory, replayable from the log"
    )
    assert [(r.instance_id, r.step) for r in found.release] == [(B, "terminate")]


def test_a_dead_rdb_that_was_drained_lost_nothing() -> None:
    dead = msgspec.structs.replace(drained(), member=SICK, dead_at=NOW)
    assert told(cluster({A: live(30), B: dead})) == {}


@pytest.mark.parametrize(("minutes", "silent"), [(14.9, False), (15, True)])
def test_a_live_rdb_that_falls_silent_is_told_with_its_window(minutes: float, silent: bool) -> None:
    alerts = told(cluster({A: live(30, minutes), B: rdb(report(State.STANDBY, 4))}))
    assert (f"silent {A}" in alerts) is silent
    if silent:
        assert "window (0, 9]" in alerts[f"silent {A}"]


@pytest.mark.parametrize("state", State)
def test_only_an_rdb_that_may_hold_data_is_reported_as_silent(state: State) -> None:
    alerts = told(cluster({A: rdb(report(state, 30, 600)), B: live(30)}))
    assert (f"silent {A}" in alerts) is (state in (State.LIVE, State.ROLLED, State.UNKNOWN))


def test_a_silent_rdb_is_never_released() -> None:
    assert decision(cluster({A: live(30, 600), B: live(30)})).release == ()


# Launches that are late.


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("We currently do not have sufficient r6i.xlarge capacity in the Availability Zone", "capacity"),
        ("You have requested more vCPU capacity than your current vCPU limit of 32 allows", "quota"),
        ("The image id '[ami-1]' does not exist. Launching EC2 instance failed.", "template"),
        ("Something new. Launching EC2 instance failed.", "failed"),
    ],
)
def test_a_launch_that_is_overdue_is_told_with_awss_own_error(message: str, kind: str) -> None:
    ledger, group = cluster({A: live(70), B: launching(11)})
    ledger = with_failed_launches(ledger, (Activity(message, ago(3)), Activity("older", ago(9))), NOW)
    text = told((ledger, group))[f"launch {kind}"]
    assert text == (f"launch overdue since 2026-11-23T11:49:00Z: {message} (first seen 2026-11-23T11:57:00Z)")


def test_the_same_error_keeps_the_time_at_which_it_was_first_seen() -> None:
    ledger, _ = cluster({})
    first = with_failed_launches(ledger, (Activity("not sufficient", ago(9)),), ago(9))
    later = with_failed_launches(first, (Activity("not sufficient", ago(1)),), NOW)
    assert later.trouble is not None
    assert (later.trouble.since, later.trouble.read_at) == (ago(9), NOW)


def test_a_launch_that_is_suspended_is_told_as_such() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(10))
    group = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    assert "launch suspended" in told((ledger, group))


def test_a_launch_that_aws_owes_is_remembered_since_when_and_forgotten_when_it_arrives() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    owing, found = planned((ledger, group))
    assert (owing.owed_since, found.target) == (NOW, None)
    arrived = msgspec.structs.replace(group, desired=1)
    assert planned((owing, arrived))[0].owed_since is None


def test_a_launch_however_late_is_never_asked_for_again() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(600))
    assert decision((ledger, group)).target is None


# Closer looks.


def test_a_calm_cluster_needs_no_closer_look() -> None:
    assert not looks_of(situation(cluster({A: live(30)}))).due


@pytest.mark.parametrize(
    ("one", "suspect"),
    [
        (rdb(FULL, SICK), True),
        (ending(TERMINATING), True),
        (live(30), False),
        (msgspec.structs.replace(rdb(FULL, SICK), dead_at=NOW), False),
        (rdb(report(State.DRAINED), SICK), True),
        (launching(9.9), False),
        (launching(10), True),
    ],
)
def test_ec2_is_asked_about_members_that_are_unhealthy_or_on_their_way_out(one: Rdb, suspect: bool) -> None:
    looks = looks_of(situation(cluster({A: one})))
    assert looks.suspects == ((A,) if suspect else ())


def test_activities_are_read_when_a_launch_is_overdue_and_again_after_ten_minutes() -> None:
    ledger, group = cluster({A: live(70), B: launching(11)})
    assert looks_of(Situation(ledger, group, DEFAULTS, NOW)) == Looks(
        hook=False, suspects=(B,), activities=True
    )
    read_once = with_failed_launches(ledger, (), NOW)
    assert not looks_of(Situation(read_once, group, DEFAULTS, NOW + timedelta(minutes=9))).activities
    assert looks_of(Situation(read_once, group, DEFAULTS, NOW + timedelta(minutes=10))).activities


# Runway.


@pytest.mark.parametrize(
    ("earlier", "newest", "minutes"),
    [
        pytest.param(read(40, 11), read(60, 1), 12.5, id="two percent a minute, 25 to go"),
        pytest.param(read(80, 11), read(90, 1), 0.0, id="past the threshold"),
        pytest.param(read(60, 11), read(60, 1), None, id="flat"),
        pytest.param(read(60, 11), read(50, 1), None, id="falling"),
        pytest.param(read(60, 1), read(60, 1), None, id="one reading"),
        pytest.param(None, read(60, 1), None, id="nothing earlier"),
    ],
)
def test_the_runway_is_the_free_memory_over_the_slope_of_the_last_ten_minutes(
    earlier: Reading | None, newest: Reading, minutes: float | None
) -> None:
    one = msgspec.structs.replace(live(), metric=newest, earlier=earlier)
    found = runway_minutes({A: one}, DEFAULTS)
    assert found == (None if minutes is None else pytest.approx(minutes))
