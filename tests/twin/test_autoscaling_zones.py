"""In which zones a group keeps its members, as documented (User Guide, "Rebalancing activities")."""

from typing import Any

import pytest

from tests.twin.autoscaling_bench import TERMINATE_HOOK, TWO_ZONES, Bench, after


def zones(bench: Bench) -> str:
    """The zones' letters of the members in service, `aab` say."""
    members = [m for m in bench.group()["Instances"] if m["LifecycleState"] == "InService"]
    return "".join(sorted(member["AvailabilityZone"][-1] for member in members))


def _uneven(bench: Bench, **settings: Any) -> None:
    """Three members in one zone, none in the other, until a second subnet is given."""
    bench.serving(3, **{"MaxSize": 3, **settings})
    bench.suspend("AZRebalance")
    bench.on_group("UpdateAutoScalingGroup", VPCZoneIdentifier="subnet-a,subnet-b")
    bench.wait(600)
    assert zones(bench) == "aaa"


def test_an_uneven_group_launches_in_the_emptier_zone_before_it_terminates_in_the_fuller(
    bench: Bench,
) -> None:
    _uneven(bench)
    bench.resume("AZRebalance")
    resumed = bench.time
    bench.wait(95)
    assert zones(bench) == "aaab"
    bench.wait(60)
    assert zones(bench) == "aab"
    ((gone, cause),) = bench.ends()
    assert cause == "az-rebalance"
    assert bench.activity("Launching a new EC2 instance: i-4")["Cause"] == (
        f"At {after(60, resumed)} availability zones us-east-1a us-east-1b had 3 0 instances respectively. "
        "An instance was launched to aid in balancing the group's zones."
    )
    assert bench.activity("Terminating")["Cause"] == (
        f"At {after(100, resumed)} instances were launched to balance instances in zones us-east-1a with "
        "other zones resulting in more than desired number of instances in the group.  At "
        f"{after(100, resumed)} an instance was taken out of service in response to a difference between "
        "desired and actual capacity, shrinking the capacity from 4 to 3.  At "
        f"{after(100, resumed)} instance {gone} was selected for termination."
    )
    bench.wait(600)
    assert zones(bench) == "aab"


def test_rebalancing_spares_the_protected(bench: Bench) -> None:
    _uneven(bench, NewInstancesProtectedFromScaleIn=True)
    bench.resume("AZRebalance")
    bench.wait(3600)
    assert (zones(bench), bench.ends()) == ("aaa", [])
    bench.protect("i-2", protected=False)
    bench.wait(300)
    assert (zones(bench), bench.ends()) == ("aab", [("i-2", "az-rebalance")])


@pytest.mark.parametrize("suspended", ["AZRebalance", "Launch"])
def test_rebalancing_needs_its_own_process_and_launch(bench: Bench, suspended: str) -> None:
    _uneven(bench)
    bench.suspend(suspended)
    if suspended != "AZRebalance":
        bench.resume("AZRebalance")
    bench.wait(3600)
    assert zones(bench) == "aaa"


def test_while_terminate_is_suspended_rebalancing_grows_the_group_past_its_maximum(bench: Bench) -> None:
    _uneven(bench)
    bench.suspend("Terminate")
    bench.resume("AZRebalance")
    bench.wait(3600)
    assert (zones(bench), bench.ends()) == ("aaab", [])
    bench.resume("Terminate")
    bench.wait(300)
    assert zones(bench) == "aab"


def test_a_raised_capacity_takes_over_what_rebalancing_launched(bench: Bench) -> None:
    _uneven(bench, MaxSize=4)
    bench.resume("AZRebalance")
    bench.wait(65)
    bench.suspend("AZRebalance")
    bench.desire(4)
    bench.wait(600)
    assert (zones(bench), bench.ends()) == ("aaab", [])
    bench.desire(3)
    bench.wait(60)
    assert [cause for _, cause in bench.ends()] == ["scale-in"]


def test_rebalancing_begins_anew_when_what_it_launched_dies(bench: Bench) -> None:
    _uneven(bench, LifecycleHookSpecificationList=[{**TERMINATE_HOOK, "HeartbeatTimeout": 7200}])
    bench.resume("AZRebalance")
    bench.wait(65)
    bench.ec2.states["i-4"] = "terminated"
    bench.wait(300)
    assert zones(bench) == "aab"
    assert sorted(bench.states().values()) == ["InService"] * 3 + ["Terminating:Wait"] * 2


def test_a_group_that_is_being_deleted_launches_nothing(bench: Bench) -> None:
    _uneven(bench, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.resume("AZRebalance")
    bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    bench.wait(600)
    assert list(bench.ec2.states) == ["i-1", "i-2", "i-3"]
    assert {cause for _, cause in bench.ends()} == {"group-deletion"}


def test_members_of_a_zone_that_is_no_longer_used_move(bench: Bench) -> None:
    bench.serving(2, **TWO_ZONES)
    assert zones(bench) == "ab"
    bench.on_group("UpdateAutoScalingGroup", VPCZoneIdentifier="subnet-b")
    bench.wait(600)
    assert zones(bench) == "bb"
    assert [cause for _, cause in bench.ends()] == ["az-rebalance"]


def test_where_one_zone_has_no_capacity_members_are_launched_elsewhere(bench: Bench) -> None:
    """User Guide, "Auto Scaling group Availability Zone distribution"."""
    bench.ec2.refusals["subnet-a"] = "No capacity."
    bench.create(DesiredCapacity=2, **TWO_ZONES)
    bench.wait(60)
    assert zones(bench) == "bb"
