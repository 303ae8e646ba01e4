"""Which members a group keeps, and where, as the documentation tells it: scale-in, health, zones."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from tests.twin.autoscaling_bench import RETAIN, START, TERMINATE_HOOK, Bench, after, at
from twin.autoscaling import AwsError

TWO_ZONES: dict[str, Any] = {"VPCZoneIdentifier": "subnet-a,subnet-b", "MaxSize": 10}
EC2_HEALTH = "an EC2 health check indicating it has been terminated or stopped"


def zones(bench: Bench) -> str:
    """The zones' letters of the members in service, `aab` say."""
    members = [m for m in bench.group()["Instances"] if m["LifecycleState"] == "InService"]
    return "".join(sorted(member["AvailabilityZone"][-1] for member in members))


# Scale-in (User Guide, "Configure termination policies")


def _in_turn(bench: Bench, **settings: Any) -> None:
    """i-1, i-2 and i-3, each launched 20 minutes after the one before."""
    bench.create(**settings)
    for number in (1, 2, 3):
        bench.desire(number)
        bench.wait(1200)


def _newer_template(bench: Bench) -> None:
    """i-1 from version 2, then i-2 and i-3 from version 1 of the template."""
    bench.ec2.version = "2"
    bench.create(DesiredCapacity=1)
    bench.wait(60)
    bench.ec2.version = "1"
    bench.desire(3)
    bench.wait(60)


def _other_template(bench: Bench) -> None:
    bench.ec2.version = "2"
    bench.serving(1)
    bench.ec2.version = "1"
    bench.on_group("UpdateAutoScalingGroup", LaunchTemplate={"LaunchTemplateId": "lt-2"})
    bench.desire(3)
    bench.wait(60)


def _pending_unprotected(bench: Bench) -> None:
    """Protection starts with InService: a pending instance can be chosen although it will be protected."""
    bench.create(DesiredCapacity=2, NewInstancesProtectedFromScaleIn=True)
    bench.wait(60)
    bench.desire(3)
    bench.wait(12)


def _protected(*instance_ids: str) -> Callable[[Bench], None]:
    def arrange(bench: Bench) -> None:
        _in_turn(bench)
        bench.protect(*instance_ids)

    return arrange


def _fuller_zone(bench: Bench) -> None:
    """i-1 and i-3 in one zone, i-2 in the other."""
    _in_turn(bench, TerminationPolicies=["OldestInstance"], **TWO_ZONES)


def _fuller_zone_protected(bench: Bench) -> None:
    _fuller_zone(bench)
    bench.protect("i-1", "i-3")


@pytest.mark.parametrize(
    ("arrange", "gone"),
    [
        (lambda bench: _in_turn(bench, TerminationPolicies=["OldestInstance"]), "i-1"),
        (lambda bench: _in_turn(bench, TerminationPolicies=["NewestInstance"]), "i-3"),
        pytest.param(_in_turn, "i-2", id="default: closest to the next billing hour, not the oldest"),
        pytest.param(_newer_template, "i-2 i-3", id="default: the oldest version of the template"),
        pytest.param(_other_template, "i-1", id="default: another template than the group's"),
        pytest.param(_protected("i-1"), "i-2", id="the protected are passed over"),
        pytest.param(_pending_unprotected, "i-3", id="the pending are not protected yet"),
        pytest.param(_fuller_zone, "i-1", id="the fuller zone first, then the policy"),
        pytest.param(_fuller_zone_protected, "i-2", id="a zone of protected members is passed over"),
    ],
)
def test_a_scale_in_takes_whom_the_policy_names(
    bench: Bench, arrange: Callable[[Bench], None], gone: str
) -> None:
    arrange(bench)
    bench.desire(2)
    bench.wait(60)
    ((instance_id, cause),) = bench.ends()
    assert instance_id in gone.split()
    assert cause == "scale-in"
    activity = bench.activity("Terminating")
    assert activity["Cause"].endswith(f"instance {instance_id} was selected for termination.")
    assert "shrinking the capacity from 3 to 2." in activity["Cause"]


def test_each_wish_for_less_is_told_once_that_all_are_protected(bench: Bench) -> None:
    bench.serving(2, NewInstancesProtectedFromScaleIn=True)
    for desired in (1, 0):
        bench.desire(desired)
        bench.wait(600)
    assert sum(a["Description"].startswith("Could not") for a in bench.activities()) == 2


def test_a_scale_in_that_can_go_only_half_way_says_so(bench: Bench) -> None:
    bench.serving(3)
    bench.protect("i-1", "i-2")
    bench.desire(1)
    bench.wait(60)
    assert list(bench.states()) == ["i-1", "i-2"]
    assert bench.activity("Could not")["StatusCode"] == "Cancelled"


def test_a_lowered_maximum_takes_the_desired_capacity_and_members_along(bench: Bench) -> None:
    bench.serving(3)
    bench.on_group("UpdateAutoScalingGroup", MaxSize=1)
    assert bench.group()["DesiredCapacity"] == 1
    bench.wait(60)
    assert len(bench.states()) == 1
    assert {cause for _, cause in bench.ends()} == {"scale-in"}


@pytest.mark.parametrize(("wait", "refused"), [(160, True), (760, False)])
def test_the_cooldown_counts_only_for_who_honours_it(bench: Bench, wait: int, refused: bool) -> None:
    bench.create(DesiredCapacity=1, DefaultCooldown=600)
    bench.wait(wait)
    with pytest.raises(AwsError, match="ScalingActivityInProgress") if refused else nullcontext():
        bench.on_group("SetDesiredCapacity", DesiredCapacity=2, HonorCooldown=True)
    bench.on_group("SetDesiredCapacity", DesiredCapacity=3, HonorCooldown=False)


def test_while_terminate_is_suspended_a_retained_member_draws_nobody_with_it(bench: Bench) -> None:
    bench.serving(3, LifecycleHookSpecificationList=[TERMINATE_HOOK], InstanceLifecyclePolicy=RETAIN)
    bench.suspend("Terminate")
    bench.desire(1)
    bench.terminate("i-1")
    bench.wait(600)
    states = {"i-1": "Terminating:Retained", "i-2": "InService", "i-3": "InService"}
    assert (bench.states(), bench.ends()) == (states, [])


def test_a_wish_that_was_taken_back_is_not_told_of_later(bench: Bench) -> None:
    bench.serving(1)
    bench.desire(2)
    bench.desire(1)
    bench.wait(60)
    bench.desire(3)
    wished = bench.time
    bench.wait(60)
    cause = bench.activity("Launching a new EC2 instance: i-2")["Cause"]
    assert cause.startswith(f"At {at(wished)} a user request explicitly set group desired capacity")
    assert cause.count("a user request") == 1


# Health (User Guide, "Health checks for Auto Scaling instances")


def test_an_instance_that_dies_in_ec2_is_noticed_and_replaced(bench: Bench) -> None:
    bench.serving(2, HealthCheckGracePeriod=3600)
    bench.ec2.states["i-1"] = "terminated"
    bench.wait(120)
    assert bench.states() == {"i-2": "InService", "i-3": "InService"}
    assert bench.activity("Terminating")["Cause"].endswith(
        f"taken out of service in response to {EC2_HEALTH}."
    )
    assert bench.ends() == [("i-1", "health")]


@pytest.mark.parametrize(
    ("suspended", "health", "replaced_later"),
    [
        ("ReplaceUnhealthy", "Unhealthy", True),
        ("Terminate", "Unhealthy", True),
        ("HealthCheck", "Healthy", True),
        ("AZRebalance", None, False),
    ],
)
def test_suspended_processes_keep_the_dead_as_members(
    bench: Bench, suspended: str, health: str | None, replaced_later: bool
) -> None:
    """User Guide, "How suspended processes affect other processes"."""
    bench.serving(1)
    bench.suspend(suspended)
    bench.ec2.states["i-1"] = "terminated"
    bench.wait(600)
    if health is None:
        assert "i-1" not in bench.states()
    else:
        (member,) = bench.group()["Instances"]
        assert (member["LifecycleState"], member["HealthStatus"]) == ("InService", health)
    if replaced_later:
        bench.resume(suspended)
        bench.wait(120)
        assert bench.states() == {"i-2": "InService"}


def test_while_launch_is_suspended_the_unhealthy_go_and_are_replaced_on_its_return(bench: Bench) -> None:
    bench.serving(1)
    bench.suspend("Launch")
    bench.unhealthy("i-1")
    bench.wait(600)
    assert bench.states() == {}
    bench.resume("Launch")
    bench.wait(60)
    assert bench.states() == {"i-2": "InService"}
    launch = bench.activity("Launching a new EC2 instance: i-2")
    assert launch["Cause"].endswith("in response to an unhealthy instance needing to be replaced.")
    bench.desire(2)
    bench.wait(60)
    launch = bench.activity("Launching a new EC2 instance: i-3")
    assert launch["Cause"].endswith("increasing the capacity from 1 to 2.")


@pytest.mark.parametrize(("respect", "health"), [(True, "Healthy"), (False, "Unhealthy")])
def test_the_grace_period_ignores_a_judgement_unless_told_not_to(
    bench: Bench, respect: bool, health: str
) -> None:
    bench.serving(1, HealthCheckGracePeriod=300)
    bench.suspend("ReplaceUnhealthy")
    bench.unhealthy("i-1", ShouldRespectGracePeriod=respect)
    assert bench.group()["Instances"][0]["HealthStatus"] == health
    bench.wait(300)
    bench.unhealthy("i-1")
    assert bench.group()["Instances"][0]["HealthStatus"] == "Unhealthy"


def test_an_instance_judged_healthy_again_in_time_stays(bench: Bench) -> None:
    bench.serving(1)
    bench.unhealthy("i-1")
    bench.wait(5)
    bench.call("SetInstanceHealth", InstanceId="i-1", HealthStatus="Healthy")
    bench.wait(120)
    assert bench.states() == {"i-1": "InService"}


def test_nobody_looks_after_the_health_of_who_is_on_standby(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=False)
    bench.ec2.states["i-1"] = "stopped"
    bench.wait(300)
    assert bench.states() == {"i-1": "Standby", "i-2": "InService"}
    bench.on_group("ExitStandby", InstanceIds=["i-1"])
    bench.wait(300)
    assert bench.ends()[-1] == ("i-1", "health")


def test_an_instance_that_dies_while_it_launches_is_a_failed_launch(bench: Bench) -> None:
    bench.create(DesiredCapacity=1)
    bench.wait(15)
    bench.ec2.states["i-1"] = "terminated"
    bench.wait(90)
    assert bench.states() == {"i-2": "InService"}
    launch = bench.activity("Launching a new EC2 instance: i-1")
    assert launch["StatusCode"] == "Cancelled"
    assert launch["StatusMessage"].startswith("Instance became unhealthy while waiting for instance to be in")


# Zones (User Guide, "Rebalancing activities")


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


@pytest.mark.parametrize(("strategy", "launched"), [("balanced-best-effort", "bb"), ("balanced-only", "")])
def test_where_one_zone_has_no_capacity_only_best_effort_goes_elsewhere(
    bench: Bench, strategy: str, launched: str
) -> None:
    """User Guide, "Auto Scaling group Availability Zone distribution"."""
    bench.ec2.refusals["subnet-a"] = "No capacity."
    distribution = {"CapacityDistributionStrategy": strategy}
    bench.create(DesiredCapacity=2, AvailabilityZoneDistribution=distribution, **TWO_ZONES)
    bench.wait(60)
    assert zones(bench) == launched


# Counting


def test_standby_without_decrement_is_replaced_and_makes_one_too_many_on_return(bench: Bench) -> None:
    bench.serving(1, MaxSize=2)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=False)
    bench.wait(60)
    assert bench.states() == {"i-1": "Standby", "i-2": "InService"}
    bench.on_group("ExitStandby", InstanceIds=["i-1"])
    bench.wait(60)
    assert (bench.group()["DesiredCapacity"], list(bench.states().values())) == (2, ["InService"] * 2)


def test_a_second_wish_before_the_reaction_is_told_with_the_first(bench: Bench) -> None:
    bench.create()
    bench.desire(1)
    bench.wait(4)
    bench.desire(2)
    bench.wait(60)
    causes = {activity["Cause"] for activity in bench.activities()}
    assert causes == {
        f"At {at(START)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 0 to 1.  At {after(4)} a user request explicitly set group desired capacity changing the "
        f"desired capacity from 1 to 2.  At {after(10)} an instance was started in response to a difference "
        "between desired and actual capacity, increasing the capacity from 0 to 2."
    }
