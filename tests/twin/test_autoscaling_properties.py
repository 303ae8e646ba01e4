"""After any requests at any time, a group is within its bounds and has spared the protected."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.autoscaling_bench import GROUP, TERMINATE_HOOK
from tests.twin.autoscaling_stage import Stage
from twin.autoscaling import AwsError

PROCESSES = ["Launch", "Terminate", "AZRebalance", "HealthCheck", "ReplaceUnhealthy"]
COUNTED = ("Pending", "InService")

# Acts of the stage.
OF_GROUPS = ["wait", "desire", "suspend", "resume", "is_full", "is_free"]
OF_MEMBERS = ["terminate", "release", "dies", "unhealthy", "CONTINUE", "ABANDON", "protect", "unprotect"]

sizes = st.integers(0, 6)
which = st.integers(0, 7)
action = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("desire"), sizes),
    st.tuples(st.just("resize"), st.tuples(sizes, sizes)),
    st.tuples(st.sampled_from(OF_MEMBERS), which),
    st.tuples(st.sampled_from(["suspend", "resume"]), st.sampled_from(PROCESSES)),
    st.tuples(st.sampled_from(["is_full", "is_free"]), st.sampled_from(["subnet-a", "subnet-b"])),
    st.tuples(st.just("retain"), st.booleans()),
    st.tuples(st.just("use"), st.sampled_from(["subnet-a", "subnet-b", "subnet-a,subnet-b"])),
)
beginnings = st.fixed_dictionaries(
    {
        "VPCZoneIdentifier": st.sampled_from(["subnet-a", "subnet-a,subnet-b"]),
        "NewInstancesProtectedFromScaleIn": st.booleans(),
        "LifecycleHookSpecificationList": st.sampled_from([[], [TERMINATE_HOOK]]),
        "TerminationPolicies": st.sampled_from([["Default"], ["OldestInstance"]]),
        "MaxSize": st.just(6),
        "DesiredCapacity": sizes,
    }
)


class Watched:
    """A group under watch: after every step, the promises are held against what it shows and what it did."""

    def __init__(self, beginning: dict[str, Any]) -> None:
        self.bench = Stage()
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
        bench, members = self.bench, group["Instances"]
        match kind:
            case "resize":
                bench.on_group("UpdateAutoScalingGroup", MinSize=min(value), MaxSize=max(value))
            case "retain":
                policy = {"RetentionTriggers": {"TerminateHookAbandon": "retain" if value else "terminate"}}
                bench.on_group("UpdateAutoScalingGroup", InstanceLifecyclePolicy=policy)
            case "use":
                self.may_balance = True
                bench.use(value)
            case _ if kind in OF_GROUPS:
                getattr(bench, kind)(value)
            case "CONTINUE" | "ABANDON" if members:
                bench.complete(members[value % len(members)]["InstanceId"], kind)
            case _ if members:
                getattr(bench, kind)(members[value % len(members)]["InstanceId"])

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
        with suppress(AwsError):
            self.bench.unhook("terminate")
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
    assert states <= {"InService", "Terminating:Retained"}
    per_zone = [
        sum(m["AvailabilityZone"] == zone and m["LifecycleState"] in COUNTED for m in group["Instances"])
        for zone in group["AvailabilityZones"]
    ]
    assert sum(per_zone) == counted(group)
    assert max(per_zone) - min(per_zone) <= 1
