"""Each wall in a scenario where it alone stands between AWS and a loaded RDB.

With it the RDB stays, without it the RDB is terminated. On the strict model of EC2 Auto Scaling.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from chalicelib.core.release.walls import WALLS
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from tests.twin.autoscaling_bench import RETAIN, TERMINATE_HOOK, Bench
from twin.autoscaling import AwsError

HOUR = 3600.0
BOTH_ZONES = {"VPCZoneIdentifier": "subnet-a,subnet-b"}
CONTINUING = {**TERMINATE_HOOK, "DefaultResult": "CONTINUE"}


def lowered(bench: Bench) -> None:
    """Somebody lowers the desired capacity by number."""
    bench.desire(1)


def unhealthy(bench: Bench) -> None:
    """A health check fails on an RDB that is busy, not dead."""
    bench.unhealthy("i-1", ShouldRespectGracePeriod=False)


def terminated(bench: Bench) -> None:
    """Somebody terminates it through EC2 Auto Scaling, which heeds neither protection nor suspension."""
    bench.terminate("i-1")


def deleted(bench: Bench) -> None:
    """Somebody deletes the group with force."""
    try:
        bench.on_group("DeleteAutoScalingGroup", ForceDelete=True)
    except AwsError as refused:
        assert "protection" in str(refused).lower()  # noqa: PT017 - the wall itself, refused before anything


def unbalanced(bench: Bench) -> None:
    """One zone had no capacity when the RDBs were launched; now it has."""
    bench.ec2.refusals.clear()


def hooked(*, retain: bool = True, hook: dict[str, Any] = TERMINATE_HOOK) -> dict[str, Any]:
    policy = {"InstanceLifecyclePolicy": RETAIN} if retain else {}
    return {"LifecycleHookSpecificationList": [hook], **policy}


def suspends(process: str) -> Callable[[Bench], None]:
    return lambda bench: bench.suspend(process)


def protects(bench: Bench) -> None:
    bench.on_group("SetInstanceProtection", InstanceIds=["i-1", "i-2"], ProtectedFromScaleIn=True)


class Scenario(NamedTuple):
    """A threat to a group with the settings `common`; `wall` adds the one wall to them, or `put_up` does."""

    name: str
    threat: Callable[[Bench], None]
    common: Mapping[str, Any] = {}
    wall: Mapping[str, Any] = {}
    put_up: Callable[[Bench], None] = lambda _: None


SCENARIOS = (
    Scenario("protects-new", lowered, wall={"NewInstancesProtectedFromScaleIn": True}),
    Scenario("protected", lowered, put_up=protects),
    Scenario("suspended", lowered, put_up=suspends("Terminate")),
    Scenario("suspended", unhealthy, put_up=suspends("ReplaceUnhealthy")),
    Scenario("suspended", unbalanced, BOTH_ZONES, put_up=suspends("AZRebalance")),
    Scenario("retains", terminated, hooked(retain=False), wall=hooked()),
    Scenario("hook", terminated, {"InstanceLifecyclePolicy": RETAIN}, wall=hooked()),
    Scenario("hook", terminated, hooked(hook=CONTINUING), wall=hooked()),
    Scenario("undeletable", deleted, wall={"DeletionProtection": "prevent-all-deletion"}),
)


def test_every_wall_has_a_scenario() -> None:
    assert {scenario.name for scenario in SCENARIOS} == {wall.name for wall in WALLS}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_each_wall_alone_keeps_a_loaded_rdb_that_is_ended_without_it(scenario: Scenario) -> None:
    ended = []
    for standing in (False, True):
        bench = Bench()
        if scenario.threat is unbalanced:
            bench.ec2.refusals["subnet-b"] = "We currently do not have sufficient capacity."
        bench.serving(2, **{**scenario.common, **(scenario.wall if standing else {})})
        if standing:
            scenario.put_up(bench)
        scenario.threat(bench)
        bench.wait(HOUR)
        ended.append(len(bench.ends()))
    assert ended[0] > 0
    assert ended[1] == 0


def test_the_launch_template_stops_the_console_and_the_command_line() -> None:
    template = read_template(CLUSTER_TEMPLATE)["Resources"]["RdbTemplate"]["Properties"]["LaunchTemplateData"]
    assert (template["DisableApiTermination"], template["DisableApiStop"]) == (True, True)


def test_a_stack_update_or_deletion_neither_resizes_nor_replaces_nor_deletes_the_group() -> None:
    group = read_template(CLUSTER_TEMPLATE)["Resources"]["RdbGroup"]
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert "DesiredCapacity" not in group["Properties"]
    assert "UpdatePolicy" not in group
