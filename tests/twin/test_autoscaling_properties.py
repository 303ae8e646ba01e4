"""Whatever is asked of a group, and whenever, it keeps within its bounds and spares whom it must."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.autoscaling_bench import GROUP, LAUNCH_HOOK, TERMINATE_HOOK, Bench
from twin.autoscaling import AwsError

PROCESSES = ["Launch", "Terminate", "AZRebalance", "HealthCheck", "ReplaceUnhealthy"]
COUNTED = ("Pending", "Pending:Wait", "Pending:Proceed", "InService")

sizes = st.integers(0, 6)
which = st.integers(0, 7)
action = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("desire"), sizes),
    st.tuples(st.just("resize"), st.tuples(sizes, sizes)),
    st.tuples(st.sampled_from(["terminate", "release", "die", "unhealthy", "continue", "abandon"]), which),
    st.tuples(st.sampled_from(["protect", "unprotect", "standby", "leave", "return"]), which),
    st.tuples(st.sampled_from(["suspend", "resume"]), st.sampled_from(PROCESSES)),
    st.tuples(st.sampled_from(["fill", "empty"]), st.sampled_from(["subnet-a", "subnet-b"])),
    st.tuples(st.just("retain"), st.booleans()),
    st.tuples(st.just("zones"), st.sampled_from(["subnet-a", "subnet-b", "subnet-a,subnet-b"])),
)
beginnings = st.fixed_dictionaries(
    {
        "VPCZoneIdentifier": st.sampled_from(["subnet-a", "subnet-a,subnet-b"]),
        "NewInstancesProtectedFromScaleIn": st.booleans(),
        "LifecycleHookSpecificationList": st.lists(
            st.sampled_from([LAUNCH_HOOK, TERMINATE_HOOK]), unique_by=lambda hook: hook["LifecycleHookName"]
        ),
        "TerminationPolicies": st.sampled_from([["Default"], ["OldestInstance"], ["NewestInstance"]]),
        "MaxSize": st.just(6),
        "DesiredCapacity": sizes,
    }
)


class Watched:
    """A group under watch: after every step, the promises are held against what it shows and what it did."""

    def __init__(self, beginning: dict[str, Any]) -> None:
        self.bench = Bench()
        self.bench.create(**beginning)
        self.suspensions: list[tuple[datetime, bool]] = [(self.bench.time, False)]
        self.seen_ends = 0
        self.may_balance = "," in beginning["VPCZoneIdentifier"]

    def step(self, kind: str, value: Any) -> None:
        before = self.bench.group()
        with suppress(AwsError):
            self._act(kind, value, before)
        suspended = {process["ProcessName"] for process in self.bench.group()["SuspendedProcesses"]}
        self.suspensions.append((self.bench.time, "Terminate" in suspended))
        self._check(before, self.bench.group(), by_itself=kind == "wait")

    def _act(self, kind: str, value: Any, group: dict[str, Any]) -> None:
        bench = self.bench
        match kind:
            case "wait":
                bench.wait(value)
            case "desire":
                bench.desire(value)
            case "resize":
                bench.on_group("UpdateAutoScalingGroup", MinSize=min(value), MaxSize=max(value))
            case "suspend" | "resume":
                getattr(bench, kind)(value)
            case "fill":
                bench.ec2.refusals[value] = "No capacity."
            case "empty":
                bench.ec2.refusals.pop(value, None)
            case "retain":
                policy = {"RetentionTriggers": {"TerminateHookAbandon": "retain" if value else "terminate"}}
                bench.on_group("UpdateAutoScalingGroup", InstanceLifecyclePolicy=policy)
            case "zones":
                self.may_balance = True
                bench.on_group("UpdateAutoScalingGroup", VPCZoneIdentifier=value)
            case _ if group["Instances"]:
                members = group["Instances"]
                self._act_on(kind, members[value % len(members)]["InstanceId"])

    def _act_on(self, kind: str, instance_id: str) -> None:
        bench = self.bench
        match kind:
            case "terminate" | "release":
                bench.terminate(instance_id, decrement=kind == "release")
            case "die":
                bench.ec2.states[instance_id] = "terminated"
            case "unhealthy":
                bench.unhealthy(instance_id)
            case "protect" | "unprotect":
                bench.protect(instance_id, protected=kind == "protect")
            case "continue" | "abandon":
                for hook in ("launch", "terminate"):
                    with suppress(AwsError):
                        bench.complete(instance_id, kind.upper(), hook)
            case "standby" | "leave":
                decrement = kind == "standby"
                bench.on_group(
                    "EnterStandby", InstanceIds=[instance_id], ShouldDecrementDesiredCapacity=decrement
                )
            case "return":
                bench.on_group("ExitStandby", InstanceIds=[instance_id])

    def _check(self, before: dict[str, Any], after: dict[str, Any], *, by_itself: bool) -> None:
        assert after["MinSize"] <= after["DesiredCapacity"] <= after["MaxSize"]
        if by_itself:
            margin = max(1, after["MaxSize"] // 10) if self.may_balance else 0
            assert counted(after) <= max(counted(before), after["MaxSize"] + margin)
        shielded = {
            member["InstanceId"]
            for member in before["Instances"]
            if member["ProtectedFromScaleIn"] and member["LifecycleState"] == "InService"
        }
        terminations = self.bench.aws.terminations
        for end in terminations[self.seen_ends :]:
            if end.cause in ("scale-in", "az-rebalance"):
                assert not end.protected
                assert end.instance_id not in shielded
            if self._suspended_at(end.selected_at):
                assert end.cause == "request"
        self.seen_ends = len(terminations)
        gone = ids(before) - ids(after)
        assert gone <= {end.instance_id for end in terminations}

    def _suspended_at(self, moment: datetime) -> bool:
        """Suspended until then, and not resumed in that same instant."""
        before = [suspended for since, suspended in self.suspensions if since < moment]
        resumed = any(since == moment and not suspended for since, suspended in self.suspensions)
        return before[-1:] == [True] and not resumed

    def settle(self) -> None:
        """Removes every obstacle and gives the group a day."""
        self.bench.ec2.refusals.clear()
        self.bench.resume()
        self.bench.on_group("UpdateAutoScalingGroup", NewInstancesProtectedFromScaleIn=False)
        for hook in (LAUNCH_HOOK, TERMINATE_HOOK):
            with suppress(AwsError):
                self.bench.on_group("DeleteLifecycleHook", LifecycleHookName=hook["LifecycleHookName"])
        self.bench.wait(600)
        for member in self.bench.group()["Instances"]:
            with suppress(AwsError):
                self.bench.protect(member["InstanceId"], protected=False)
        self.bench.wait(86_400)


def counted(group: dict[str, Any]) -> int:
    return sum(member["LifecycleState"] in COUNTED for member in group["Instances"])


def ids(group: dict[str, Any]) -> set[str]:
    return {member["InstanceId"] for member in group["Instances"]}


@settings(max_examples=300, deadline=None)
@given(beginnings, st.lists(action, min_size=5, max_size=40))
def test_a_group_keeps_its_bounds_and_spares_whom_it_must(
    beginning: dict[str, Any], steps: list[tuple[str, Any]]
) -> None:
    watched = Watched(beginning)
    for kind, value in steps:
        watched.step(kind, value)


@settings(max_examples=100, deadline=None)
@given(beginnings, st.lists(action, min_size=5, max_size=40))
def test_a_group_left_alone_comes_to_rest_at_its_desired_capacity(
    beginning: dict[str, Any], steps: list[tuple[str, Any]]
) -> None:
    watched = Watched(beginning)
    for kind, value in steps:
        watched.step(kind, value)
    watched.settle()
    group = watched.bench.group(GROUP)
    states = {member["LifecycleState"] for member in group["Instances"]}
    assert counted(group) == group["DesiredCapacity"]
    assert states <= {"InService", "Standby", "Terminating:Retained"}
    per_zone = [
        sum(m["AvailabilityZone"] == zone and m["LifecycleState"] in COUNTED for m in group["Instances"])
        for zone in group["AvailabilityZones"]
    ]
    assert sum(per_zone) == counted(group)
    assert max(per_zone) - min(per_zone) <= 1
