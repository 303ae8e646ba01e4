"""The desired capacity: who changes it, what the group does about it, and what it tells of it."""

from tests.twin.autoscaling_bench import START, STARTED, Bench, after, at, told
from tests.twin.autoscaling_cases import captured


@captured("launch-by-update")
def test_a_raised_minimum_takes_the_desired_capacity_along(bench: Bench) -> None:
    bench.create(MaxSize=2)
    bench.on_group("UpdateAutoScalingGroup", MinSize=1)
    assert bench.group()["DesiredCapacity"] == 1
    bench.wait(60)
    assert told(bench.activity("Launching")) == (
        "Launching a new EC2 instance: i-1",
        "Successful",
        100,
        f"At {at(START)} a user request update of AutoScalingGroup constraints to min: 1, max: 2, desired: 1 "
        f"changing the desired capacity from 0 to 1.  At {after(10)} {STARTED}, increasing the capacity from "
        "0 to 1.",
    )


@captured("launch-suspended")
def test_while_launch_is_suspended_nothing_happens_and_nothing_is_told(bench: Bench) -> None:
    bench.create()
    bench.suspend("Launch")
    bench.desire(2)
    bench.wait(600)
    assert (bench.group()["DesiredCapacity"], bench.states(), bench.activities()) == (2, {}, [])
    bench.resume("Launch")
    bench.wait(60)
    assert list(bench.states().values()) == ["InService", "InService"]


@captured("standby-enter-decrement", "standby-exit")
def test_standby_takes_the_capacity_along_both_ways(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=True)
    entered = bench.time
    bench.wait(60)
    assert (bench.group()["DesiredCapacity"], bench.states()) == (0, {"i-1": "Standby"})
    assert told(bench.activity("Moving")) == (
        "Moving EC2 instance to Standby: i-1",
        "Successful",
        100,
        f"At {at(entered)} instance i-1 was moved to standby in response to a user request, shrinking the "
        "capacity from 1 to 0.",
    )
    (moving,) = bench.on_group("ExitStandby", InstanceIds=["i-1"])["Activities"]
    assert told(moving) == (
        "Moving EC2 instance out of Standby: i-1",
        "PreInService",
        30,
        f"At {at(bench.time)} instance i-1 was moved out of standby in response to a user request, "
        "increasing the capacity from 0 to 1.",
    )
    assert (bench.group()["DesiredCapacity"], bench.states()) == (1, {"i-1": "Pending"})
    bench.wait(13)
    assert bench.states() == {"i-1": "InService"}
