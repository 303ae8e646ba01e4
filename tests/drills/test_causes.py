"""What is in the way is told with its true cause when it begins, and once more when it is over."""

from typing import Any

import pytest

from tests.drills.conftest import Play, about, clock, kept


def keys(alerts: list[dict[str, Any]]) -> list[str]:
    return [alert["key"] for alert in alerts]


@pytest.fixture(scope="module")
def suspended(play: Play) -> dict[str, Any]:
    return play("suspended.jsonl", until="10:15")


@pytest.fixture(scope="module")
def two_causes(play: Play) -> dict[str, Any]:
    return play("two_causes.jsonl", until="11:35")


@pytest.fixture(scope="module")
def unread(play: Play) -> dict[str, Any]:
    return play("unread.jsonl", until="10:15")


def test_launches_that_somebody_suspended_are_told_as_soon_as_one_is_wanted(
    suspended: dict[str, Any],
) -> None:
    (alert,) = about(suspended["told"], "launch")
    assert {key.split()[0] for key in keys(suspended["told"])} <= {"launch", "short", "no-live"}
    assert (alert["key"], clock(alert["at"])) == ("launch suspended", "09:40:20")
    assert "resume-processes" in alert["text"]


def test_the_host_comes_once_they_are_resumed_and_the_alert_ends(suspended: dict[str, Any]) -> None:
    (launch,), (alert,) = suspended["launches"], about(suspended["cleared"], "launch")
    assert "10:05" <= clock(launch) < "10:06"
    assert (alert["key"], clock(alert["at"])) == ("launch suspended", "10:10:00")
    assert kept(suspended)


def test_a_standby_that_is_stopped_in_ec2_is_told_as_such_and_another_is_launched(play: Play) -> None:
    drill = play("stopped.jsonl", until="10:10")
    (alert,) = drill["told"]
    assert alert["key"].startswith("stopped i-")
    assert "(standby) is stopped in EC2" in alert["text"]
    assert clock(alert["at"]) <= "09:52"
    assert "09:50" < clock(drill["launches"][1]) < "09:53"
    assert (drill["minutes_without_live"], kept(drill)) == (0, True)


def test_a_launch_that_does_not_arrive_is_told_with_the_error_of_its_own_wait(
    two_causes: dict[str, Any],
) -> None:
    capacity, quota = about(two_causes["told"], "launch")
    assert {key.split()[0] for key in keys(two_causes["told"])} <= {"launch", "short", "no-live"}
    assert (capacity["key"], quota["key"]) == ("launch capacity", "launch quota")
    assert "do not have sufficient t3a.medium capacity" in capacity["text"]
    assert "vCPU limit of 32" in quota["text"]
    assert "launches fail since 2026-11-23T10:38:" in quota["text"]
    assert "10:38" < clock(quota["at"]) <= "10:41"


def test_each_ends_once_its_launch_arrives(two_causes: dict[str, Any]) -> None:
    capacity, quota = about(two_causes["cleared"], "launch")
    assert keys(two_causes["cleared"]) == keys(two_causes["told"])
    assert (capacity["key"], quota["key"]) == ("launch capacity", "launch quota")
    assert clock(capacity["at"]) < "10:03"
    assert clock(quota["at"]) < "11:32"
    assert kept(two_causes)


def test_metrics_that_are_refused_are_told_after_the_second_time_in_the_words_of_aws(
    unread: dict[str, Any],
) -> None:
    (alert,) = (one for one in about(unread["told"], "unread") if one["key"] == "unread GetMetricData")
    assert "09:10" < clock(alert["at"]) <= "09:13"
    assert "is not authorized to perform: cloudwatch:GetMetricData" in alert["text"]


def test_a_group_that_cannot_be_seen_is_told_of_its_cluster_and_of_the_account(
    unread: dict[str, Any],
) -> None:
    name = "unread DescribeAutoScalingGroups"
    alerts = [one for one in about(unread["told"], "unread") if one["key"] == name]
    assert sorted(alert["cluster"] for alert in alerts) == ["*", "trades"]
    assert all("09:50" < clock(alert["at"]) <= "09:53" for alert in alerts)


def test_both_end_when_they_can_be_read_again_and_nothing_else_is_told(unread: dict[str, Any]) -> None:
    both = ["unread GetMetricData", "unread DescribeAutoScalingGroups", "unread DescribeAutoScalingGroups"]
    assert (keys(unread["told"]), keys(unread["cleared"])) == (both, both)
    metrics, *groups = unread["cleared"]
    assert clock(metrics["at"]) < "09:32"
    assert all("09:32" < clock(group["at"]) < "10:12" for group in groups)
    assert (unread["minutes_without_live"], kept(unread)) == (0, True)
