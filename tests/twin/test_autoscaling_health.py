"""Who is judged unhealthy, and what becomes of them."""

from tests.twin.autoscaling_bench import after
from tests.twin.autoscaling_cases import captured
from tests.twin.autoscaling_stage import Stage

TAKEN_OUT = "an instance was taken out of service in response to"
USER_HEALTH = "a user health-check"
EC2_HEALTH = "an EC2 health check indicating it has been terminated or stopped"


@captured("health-replaces-protected")
def test_protection_does_not_save_the_unhealthy(bench: Stage) -> None:
    bench.play("serves 1 protected hooked; unhealthy i-1; wait 9; sees i-1 InService; wait 4")
    (old, new) = bench.group()["Instances"]
    seen = old["LifecycleState"], old["HealthStatus"], old["ProtectedFromScaleIn"]
    assert seen == ("Terminating:Wait", "Unhealthy", True)
    assert new["LifecycleState"] == "Pending"
    bench.play("complete i-1 CONTINUE; wait 60")
    assert bench.succeeded("Terminating EC2 instance: i-1") == f"At {after(70)} {TAKEN_OUT} {USER_HEALTH}."
    assert bench.succeeded("Launching a new EC2 instance: i-2") == (
        f"At {after(72)} an instance was launched in response to an unhealthy instance needing to be "
        "replaced."
    )


@captured("terminate-suspended")
def test_while_terminate_is_suspended_neither_health_nor_capacity_ends_anyone(bench: Stage) -> None:
    bench.play("serves 1; suspend Terminate; unhealthy i-1; desire 0")
    told_before = len(bench.activities())
    bench.wait(600)
    (member,) = bench.group()["Instances"]
    assert (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Unhealthy")
    assert len(bench.activities()) == told_before
    bench.resume("Terminate")
    resumed = bench.time
    bench.wait(30)
    cause = f"At {after(10, resumed)} {TAKEN_OUT} {USER_HEALTH}."
    assert bench.succeeded("Terminating EC2 instance: i-1") == cause
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "health")])


@captured("health-status-case")
def test_health_is_in_capitals_in_one_of_the_two_descriptions(bench: Stage) -> None:
    bench.play("serves 2; suspend ReplaceUnhealthy; unhealthy i-2")
    members = bench.call("DescribeAutoScalingInstances")["AutoScalingInstances"]
    assert [member["HealthStatus"] for member in members] == ["HEALTHY", "UNHEALTHY"]
    assert [member["HealthStatus"] for member in bench.group()["Instances"]] == ["Healthy", "Unhealthy"]


# As documented (User Guide, "Health checks for Auto Scaling instances").


def test_an_instance_that_dies_in_ec2_is_noticed_and_replaced(bench: Stage) -> None:
    bench.play("serves 2 HealthCheckGracePeriod=3600; dies i-1; wait 120; sees i-2 InService i-3 InService")
    assert bench.succeeded("Terminating EC2 instance: i-1").endswith(f"{TAKEN_OUT} {EC2_HEALTH}.")
    assert bench.ends() == [("i-1", "health")]


def test_while_launch_is_suspended_the_unhealthy_go_and_are_replaced_on_its_return(bench: Stage) -> None:
    bench.play(
        "serves 1; suspend Launch; unhealthy i-1; wait 600; sees; resume Launch; wait 60; sees i-2 InService"
    )
    launch = bench.activity("Launching a new EC2 instance: i-2")
    assert launch["Cause"].endswith("in response to an unhealthy instance needing to be replaced.")
    bench.play("desire 2; wait 60")
    launch = bench.activity("Launching a new EC2 instance: i-3")
    assert launch["Cause"].endswith("increasing the capacity from 1 to 2.")


def test_an_instance_that_dies_while_it_launches_is_a_failed_launch(bench: Stage) -> None:
    bench.play("begins_with 1; wait 15; dies i-1; wait 90; sees i-2 InService")
    launch = bench.activity("Launching a new EC2 instance: i-1")
    assert launch["StatusCode"] == "Cancelled"
    assert launch["StatusMessage"].startswith("Instance became unhealthy while waiting for instance to be in")
