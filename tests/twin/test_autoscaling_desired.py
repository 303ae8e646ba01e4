"""The desired capacity and the zones: what a group does about them, whom it takes, and what it tells."""

from tests.twin.autoscaling_bench import START, STARTED, after, at, told
from tests.twin.autoscaling_stage import Stage


# Captured.
def test_a_raised_minimum_takes_the_desired_capacity_along(bench: Stage) -> None:
    bench.create(MaxSize=2)
    bench.on_group("UpdateAutoScalingGroup", MinSize=1)
    bench.play("wants 1; wait 60")
    assert bench.succeeded("Launching a new EC2 instance: i-1") == (
        f"At {at(START)} a user request update of AutoScalingGroup constraints to min: 1, max: 2, desired: 1 "
        f"changing the desired capacity from 0 to 1.  At {after(10)} {STARTED}, increasing the capacity from "
        "0 to 1."
    )


# Captured.
def test_while_launch_is_suspended_nothing_happens_and_nothing_is_told(bench: Stage) -> None:
    bench.play("begins_with 0; suspend Launch; desire 2; wait 600")
    assert (bench.group()["DesiredCapacity"], bench.states(), bench.activities()) == (2, {}, [])
    bench.play("resume Launch; wait 60")
    assert list(bench.states().values()) == ["InService", "InService"]


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


# Captured.
def test_a_scale_in_spares_the_protected_and_says_so_once(bench: Stage) -> None:
    bench.play("serves 1 protected; desire 0; wait 600; wants 0; sees i-1 InService")
    cancelled = bench.activity("Could not")
    assert told(cancelled) == (
        "Could not scale to desired capacity because all remaining instances are protected from scale-in.",
        "Cancelled",
        100,
        f"At {after(60)} a user request explicitly set group desired capacity changing the desired capacity "
        f"from 1 to 0.  At {after(70)} group reached equilibrium.",
    )
    assert cancelled["Details"] == "{}"
    assert "StatusMessage" not in cancelled
    bench.play("unprotect i-1; wait 60; sees; ended i-1 scale-in")


def test_each_wish_for_less_is_told_once_that_all_are_protected(bench: Stage) -> None:
    bench.serving(2, NewInstancesProtectedFromScaleIn=True)
    for desired in (1, 0):
        bench.desire(desired)
        bench.wait(600)
    assert sum(a["Description"].startswith("Could not") for a in bench.activities()) == 2


def test_a_scale_in_that_can_go_only_half_way_says_so(bench: Stage) -> None:
    bench.play("serves 3; protect i-1 i-2; desire 1; wait 60")
    assert list(bench.states()) == ["i-1", "i-2"]
    assert bench.activity("Could not")["StatusCode"] == "Cancelled"


def test_an_uneven_group_launches_in_the_emptier_zone_before_it_terminates_in_the_fuller() -> None:
    bench = Stage()
    bench.uneven()
    bench.resume("AZRebalance")
    resumed = bench.time
    bench.wait(95)
    bench.zones("aaab")
    bench.wait(60)
    bench.zones("aab")
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
    bench.zones("aab")
