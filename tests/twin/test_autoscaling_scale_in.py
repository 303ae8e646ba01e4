"""Whom a scale-in takes, and whom it spares."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.twin.autoscaling_bench import RETAIN, TERMINATE_HOOK, TWO_ZONES, Bench, after, told
from tests.twin.autoscaling_cases import captured


@captured("scale-in-protected")
def test_a_scale_in_spares_the_protected_and_says_so_once(bench: Bench) -> None:
    bench.serving(1, NewInstancesProtectedFromScaleIn=True)
    bench.desire(0)
    bench.wait(600)
    assert (bench.group()["DesiredCapacity"], bench.states()) == (0, {"i-1": "InService"})
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
    bench.protect("i-1", protected=False)
    bench.wait(60)
    assert (bench.states(), bench.ends()) == ({}, [("i-1", "scale-in")])


# As documented (User Guide, "Configure termination policies").


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


def test_while_terminate_is_suspended_a_retained_member_draws_nobody_with_it(bench: Bench) -> None:
    bench.serving(3, LifecycleHookSpecificationList=[TERMINATE_HOOK], InstanceLifecyclePolicy=RETAIN)
    bench.suspend("Terminate")
    bench.desire(1)
    bench.terminate("i-1")
    bench.wait(600)
    states = {"i-1": "Terminating:Retained", "i-2": "InService", "i-3": "InService"}
    assert (bench.states(), bench.ends()) == (states, [])
