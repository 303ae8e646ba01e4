"""Who is judged unhealthy, and what becomes of them."""

from tests.twin.autoscaling_bench import TERMINATE_HOOK, Bench, after, told
from tests.twin.autoscaling_cases import captured


@captured("health-replaces-protected")
def test_protection_does_not_save_the_unhealthy(bench: Bench) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.unhealthy("i-1")
    bench.wait(9)
    assert bench.states() == {"i-1": "InService"}
    bench.wait(4)
    (old, new) = bench.group()["Instances"]
    seen = old["LifecycleState"], old["HealthStatus"], old["ProtectedFromScaleIn"]
    assert seen == ("Terminating:Wait", "Unhealthy", True)
    assert new["LifecycleState"] == "Pending"
    bench.complete("i-1", "CONTINUE")
    bench.wait(60)
    assert told(bench.activity("Terminating")) == (
        "Terminating EC2 instance: i-1",
        "Successful",
        100,
        f"At {after(70)} an instance was taken out of service in response to a user health-check.",
    )
    assert told(bench.activity("Launching a new EC2 instance: i-2")) == (
        "Launching a new EC2 instance: i-2",
        "Successful",
        100,
        f"At {after(72)} an instance was launched in response to an unhealthy instance needing to be "
        "replaced.",
    )


@captured("terminate-suspended")
def test_while_terminate_is_suspended_neither_health_nor_capacity_ends_anyone(bench: Bench) -> None:
    bench.serving(1)
    bench.suspend("Terminate")
    bench.unhealthy("i-1")
    bench.desire(0)
    told_before = len(bench.activities())
    bench.wait(600)
    (member,) = bench.group()["Instances"]
    assert (member["LifecycleState"], member["HealthStatus"]) == ("InService", "Unhealthy")
    assert len(bench.activities()) == told_before
    bench.resume("Terminate")
    resumed = bench.time
    bench.wait(30)
    assert told(bench.activity("Terminating")) == (
        "Terminating EC2 instance: i-1",
        "Successful",
        100,
        f"At {after(10, resumed)} an instance was taken out of service in response to a user health-check.",
    )
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "health")])


@captured("health-status-case")
def test_health_is_in_capitals_in_one_of_the_two_descriptions(bench: Bench) -> None:
    bench.serving(2)
    bench.suspend("ReplaceUnhealthy")
    bench.unhealthy("i-2")
    members = bench.call("DescribeAutoScalingInstances")["AutoScalingInstances"]
    assert [member["HealthStatus"] for member in members] == ["HEALTHY", "UNHEALTHY"]
    assert [member["HealthStatus"] for member in bench.group()["Instances"]] == ["Healthy", "Unhealthy"]
