"""Idle hosts above the scale threshold: one more is launched, then launches wait (rule 5)."""

from datetime import datetime

import msgspec
import pytest

from chalicelib.contract.report import Report, State
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    A,
    B,
    C,
    ago,
    cluster,
    decision,
    due,
    live,
    planned,
    rdb,
    read,
    report,
)
from tests.unit.minutes import launches_of


def idle(percent: int = 75, seen: float = 15) -> Rdb:
    return rdb(report(State.STANDBY, percent), seen=seen)


def told(*hosts: Rdb) -> dict[str, str]:
    found = decision(cluster({f"i-{number:017x}": host for number, host in enumerate(hosts)}))
    return {alert.key: alert.text for alert in found.alerts if alert.is_of("idle-above-scale")}


@pytest.mark.parametrize("percent", [60, 75, 99])
def test_one_more_is_launched_after_the_first_and_none_for_half_an_hour_after_the_second(
    percent: int,
) -> None:
    full = {C: live(70)}
    assert due(cluster({**full, A: idle(percent)})).target == 3
    waits = due(cluster({**full, A: idle(percent), B: idle(percent, 16)}))
    assert (waits.target, waits.code) == (None, "waiting")
    assert waits.reason == (
        f"{A}, {B} idle above the scale threshold: no other is launched until 2026-11-23T12:25:00Z"
    )


def test_it_shares_the_pauses_of_hosts_that_never_get_ready() -> None:
    waits = due(cluster({A: idle(seen=30), B: rdb(report(State.BOOTING, 3), seen=15)}))
    assert waits.reason.startswith(f"{B} never got ready, {A} idle above the scale threshold: no other")


@pytest.mark.parametrize(
    "metric", [pytest.param(read(99), id="the metric"), pytest.param(None, id="the report")]
)
def test_neither_metric_nor_report_alone_stops_raises(metric: object) -> None:
    """Somebody publishes 99 % for a fresh host, or says so in its name."""
    lie = rdb(report(State.STANDBY, 4 if metric else 99), seen=2, metric=read(99) if metric else None)
    assert due(cluster({C: live(70), A: lie})).target == 3


def test_a_host_of_use_that_was_launched_later_ends_the_pause() -> None:
    hosts = {A: idle(), B: idle(seen=16)}
    assert due(cluster({**hosts, C: live(70)})).code == "waiting"
    later = msgspec.structs.replace(live(70), first_seen=ago(12))
    assert due(cluster({**hosts, C: later})).code == "raise"


def test_an_operators_floor_does_not_wait() -> None:
    assert due(cluster({A: idle(), B: idle()}), [SetFloor("c1", "ann", NOW, 3)]).target == 3


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(report(State.LIVE, 75, window=(0, 9)), id="a live one"),
        pytest.param(report(State.STANDBY, 75, window=(0, 9)), id="a standby that once held data"),
        pytest.param(report(State.UNKNOWN, 75), id="one whose q does not answer"),
    ],
)
def test_a_host_that_is_not_known_to_be_idle_does_not_keep_a_raise_back(said: Report) -> None:
    assert due(cluster({A: rdb(said)})).code == "raise"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(report(State.LIVE, 75, window=(0, 9)), id="a live one"),
        pytest.param(report(State.STANDBY, 75, window=(0, 9)), id="a standby that once held data"),
        pytest.param(report(State.UNKNOWN, 75), id="one whose q does not answer"),
        pytest.param(report(State.STANDBY, 59), id="one below the threshold"),
    ],
)
def test_two_hosts_that_are_not_known_to_be_idle_above_it_are_no_reason_for_a_pause_or_an_alert(
    said: Report,
) -> None:
    hosts = {A: rdb(said, seen=15), B: rdb(said, seen=15)}
    assert "idle above" not in due(cluster(hosts)).reason
    assert told(rdb(said)) == {}


def test_it_is_told_with_the_tag_the_hosts_and_the_figures_though_one_more_is_launched() -> None:
    assert told(idle(71)) == {
        "idle-above-scale": "tag highwater:scale-threshold: 60 % is at or below the memory of an idle host "
        "(i-00000000000000000: 71.0 %): one more is launched, and others after pauses; raise the threshold, "
        "or start q with less"
    }


def test_where_no_scale_threshold_is_set_the_tag_of_the_roll_threshold_is_named() -> None:
    configured = ClusterSettings(scale_threshold=70.0, roll_threshold=70.0)
    (text,) = (
        alert.text
        for alert in planned(cluster({A: idle(71)}), configured=configured)[1].alerts
        if alert.is_of("idle-above-scale")
    )
    assert text.startswith("tag highwater:roll-threshold: 70 % is at or below the memory of an idle host")


@pytest.mark.parametrize(("minutes", "keys"), [(14, {"idle-above-scale"}), (15, set())])
def test_one_whose_reports_ended_is_not_called_idle_when_its_metric_rises(
    minutes: float, keys: set[str]
) -> None:
    """Its clock is wrong, so that its reports are refused while it takes data."""
    said = rdb(report(State.STANDBY, 5, minutes), seen=60, metric=read(75))
    assert told(said).keys() == keys


def test_a_threshold_below_every_idle_host_costs_four_launches_in_four_hours() -> None:
    """Each host says standby at 75 % as soon as it is there."""
    full = rdb(report(State.LIVE, 70, window=(0, 9)), seen=300)

    def newcomer(now: datetime) -> Rdb:
        said = report(State.STANDBY, 75, (NOW - now).total_seconds() / 60)
        return Rdb(first_seen=now, member=IN_SERVICE, member_seen=now, report=said, received_at=now)

    assert launches_of(cluster({A: full}), newcomer) == [0, 1, 41, 111]
