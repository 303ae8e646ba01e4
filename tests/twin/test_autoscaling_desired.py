"""The desired capacity: who changes it, what the group does about it, and what it tells of it."""

from tests.twin.autoscaling_bench import START, STARTED, after, at, told
from tests.twin.autoscaling_cases import captured
from tests.twin.autoscaling_stage import Stage


@captured("launch-by-update")
def test_a_raised_minimum_takes_the_desired_capacity_along(bench: Stage) -> None:
    bench.create(MaxSize=2)
    bench.on_group("UpdateAutoScalingGroup", MinSize=1)
    bench.play("wants 1; wait 60")
    assert bench.succeeded("Launching a new EC2 instance: i-1") == (
        f"At {at(START)} a user request update of AutoScalingGroup constraints to min: 1, max: 2, desired: 1 "
        f"changing the desired capacity from 0 to 1.  At {after(10)} {STARTED}, increasing the capacity from "
        "0 to 1."
    )


@captured("launch-suspended")
def test_while_launch_is_suspended_nothing_happens_and_nothing_is_told(bench: Stage) -> None:
    bench.play("begins_with 0; suspend Launch; desire 2; wait 600")
    assert (bench.group()["DesiredCapacity"], bench.states(), bench.activities()) == (2, {}, [])
    bench.play("resume Launch; wait 60")
    assert list(bench.states().values()) == ["InService", "InService"]


@captured("standby-enter-decrement", "standby-exit")
def test_standby_takes_the_capacity_along_both_ways(bench: Stage) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=True)
    entered = bench.time
    bench.play("wait 60; wants 0; sees i-1 Standby")
    assert bench.succeeded("Moving EC2 instance to Standby: i-1") == (
        f"At {at(entered)} instance i-1 was moved to standby in response to a user request, shrinking the "
        "capacity from 1 to 0."
    )
    (moving,) = bench.standby("Exit")["Activities"]
    assert told(moving) == (
        "Moving EC2 instance out of Standby: i-1",
        "PreInService",
        30,
        f"At {at(bench.time)} instance i-1 was moved out of standby in response to a user request, "
        "increasing the capacity from 0 to 1.",
    )
    bench.play("wants 1; sees i-1 Pending; wait 13; sees i-1 InService")


# As documented.


def test_a_wish_that_was_taken_back_is_not_told_of_later(bench: Stage) -> None:
    bench.play("serves 1; desire 2; desire 1; wait 60; desire 3")
    wished = bench.time
    bench.wait(60)
    cause = bench.activity("Launching a new EC2 instance: i-2")["Cause"]
    assert cause.startswith(f"At {at(wished)} a user request explicitly set group desired capacity")
    assert cause.count("a user request") == 1


def test_a_second_wish_before_the_reaction_is_told_with_the_first(bench: Stage) -> None:
    bench.play("begins_with 0; desire 1; wait 4; desire 2; wait 60")
    causes = {activity["Cause"] for activity in bench.activities()}
    assert causes == {
        f"At {at(START)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 0 to 1.  At {after(4)} a user request explicitly set group desired capacity changing the "
        f"desired capacity from 1 to 2.  At {after(10)} an instance was started in response to a difference "
        "between desired and actual capacity, increasing the capacity from 0 to 2."
    }
