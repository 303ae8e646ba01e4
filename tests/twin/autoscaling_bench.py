"""A group on the bench: a few lines of EC2, a clock set by hand, and what tests ask again and again.

`Captured` above a test: real AWS was seen to do that (radkawar/stackd, commit 9dc356f, 27 September 2026).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from twin.autoscaling import AutoScaling, LaunchFailed, Template, Timings, Zone

START = datetime(2026, 9, 27, 5, 0, 0, 250_000, tzinfo=UTC)
GROUP = "asg-1"
TERMINATE_HOOK = {
    "LifecycleHookName": "terminate",
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": 60,
    "DefaultResult": "ABANDON",
}
RETAIN = {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}
TWO_ZONES: dict[str, Any] = {"VPCZoneIdentifier": "subnet-a,subnet-b", "MaxSize": 10}
STARTED = "an instance was started in response to a difference between desired and actual capacity"


class FakeEc2:
    """Instances `i-1`, `i-2`, ... that run at once.

    `refusals` are subnets that cannot launch, and why, `reasons` why launches were taken back.
    """

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.tags: dict[str, Mapping[str, str]] = {}
        self.refusals: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.version = "1"
        self.no_templates = {"lt-none"}

    def zone(self, subnet: str) -> Zone:
        letter = subnet[len("subnet-")]
        if letter not in "abc":
            raise LookupError(subnet)
        return Zone(f"us-east-1{letter}", f"use1-az{'abc'.index(letter) + 1}")

    def template(self, launch_template: Mapping[str, str]) -> Template:
        name = launch_template["LaunchTemplateId"]
        if name in self.no_templates:
            raise LaunchFailed(f"The specified launch template, with template ID {name}, does not exist.")
        version = launch_template["Version"]
        return Template(name, "rdb", self.version if version.startswith("$") else version, "r6i.large")

    def launch(
        self, group_name: str, launch_template: Mapping[str, str], subnet: str, tags: Mapping[str, str]
    ) -> str:
        assert launch_template["Version"].isdigit()
        assert tags["aws:autoscaling:groupName"] == group_name
        if (message := self.refusals.get(subnet)) is not None:
            raise LaunchFailed(message)
        instance_id = f"i-{len(self.states) + 1}"
        self.states[instance_id] = "running"
        self.tags[instance_id] = tags
        return instance_id

    def terminate(self, instance_id: str) -> None:
        self.states[instance_id] = "terminated"

    def state(self, instance_id: str) -> str:
        return self.states[instance_id]

    def taken_back(self, instance_id: str) -> str | None:
        return self.reasons.get(instance_id)


class Bench:
    """Auto Scaling with one group at hand."""

    def __init__(self, timings: Timings | None = None, seed: int = 0) -> None:
        self.ec2 = FakeEc2()
        self.events: list[dict[str, Any]] = []
        self.time = START
        self.aws = AutoScaling(
            self.ec2, self.events.append, lambda: self.time, timings=timings or Timings(), seed=seed
        )

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.aws.call(operation, params)

    def on_group(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.call(operation, AutoScalingGroupName=GROUP, **params)

    def create(self, name: str = GROUP, **settings: Any) -> None:
        """A group of 0 to 3 in one zone, unless the settings say otherwise."""
        defaults = {
            "MinSize": 0,
            "MaxSize": 3,
            "VPCZoneIdentifier": "subnet-a",
            "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "$Latest"},
        }
        self.call("CreateAutoScalingGroup", AutoScalingGroupName=name, **{**defaults, **settings})

    def serving(self, number: int, **settings: Any) -> None:
        """A group whose `number` members are in service, with nothing left to tell."""
        self.create(DesiredCapacity=number, **settings)
        self.wait(60)
        assert list(self.states().values()) == ["InService"] * number

    def retaining(self) -> None:
        """A group whose one member stays, retained, when its termination is abandoned."""
        self.create(
            MaxSize=1,
            DesiredCapacity=1,
            LifecycleHookSpecificationList=[TERMINATE_HOOK],
            InstanceLifecyclePolicy=RETAIN,
        )
        self.wait(60)

    def wait(self, seconds: float) -> None:
        """Lets time pass, and the groups act as soon as they have to."""
        end = self.time + timedelta(seconds=seconds)
        while (due := self.aws.next_due()) is not None and due <= end:
            self.time = max(due, self.time)
            self.aws.advance()
        self.time = end

    def group(self, name: str = GROUP) -> dict[str, Any]:
        (found,) = self.call("DescribeAutoScalingGroups", AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return dict(found)

    def states(self, name: str = GROUP) -> dict[str, str]:
        return {member["InstanceId"]: member["LifecycleState"] for member in self.group(name)["Instances"]}

    def activities(self, **params: Any) -> list[dict[str, Any]]:
        return list(self.on_group("DescribeScalingActivities", **params)["Activities"])

    def activity(self, description: str, **params: Any) -> dict[str, Any]:
        """The one activity whose description begins so."""
        (found,) = [a for a in self.activities(**params) if a["Description"].startswith(description)]
        return found

    def succeeded(self, description: str) -> str:
        """The cause of the one activity of this description, which ended well."""
        activity = self.activity(description)
        assert told(activity)[:3] == (description, "Successful", 100)
        return str(activity["Cause"])

    def desire(self, number: int) -> None:
        self.on_group("SetDesiredCapacity", DesiredCapacity=number)

    def terminate(self, instance_id: str, *, decrement: bool = False) -> dict[str, Any]:
        answer = self.call(
            "TerminateInstanceInAutoScalingGroup",
            InstanceId=instance_id,
            ShouldDecrementDesiredCapacity=decrement,
        )
        return dict(answer["Activity"])

    def protect(self, *instance_ids: str, protected: bool = True) -> None:
        self.on_group("SetInstanceProtection", InstanceIds=list(instance_ids), ProtectedFromScaleIn=protected)

    def suspend(self, *processes: str) -> None:
        self.on_group("SuspendProcesses", ScalingProcesses=list(processes))

    def resume(self, *processes: str) -> None:
        self.on_group("ResumeProcesses", ScalingProcesses=list(processes))

    def complete(self, instance_id: str, result: str, hook: str = "terminate") -> None:
        self.on_group(
            "CompleteLifecycleAction",
            LifecycleHookName=hook,
            InstanceId=instance_id,
            LifecycleActionResult=result,
        )

    def unhealthy(self, instance_id: str, **params: Any) -> None:
        self.call("SetInstanceHealth", InstanceId=instance_id, HealthStatus="Unhealthy", **params)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["detail-type"] == kind]

    def ends(self) -> list[tuple[str, str]]:
        return [(end.instance_id, end.cause) for end in self.aws.terminations]


def at(time: datetime) -> str:
    """A time as it stands in an activity's Cause."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def after(seconds: float, since: datetime = START) -> str:
    return at(since + timedelta(seconds=seconds))


def told(activity: dict[str, Any]) -> tuple[Any, ...]:
    """Description, status, progress and cause of an activity."""
    return activity["Description"], activity["StatusCode"], activity["Progress"], activity["Cause"]


def names(answer: dict[str, Any]) -> list[str]:
    """The names of the groups in an answer."""
    return [group["AutoScalingGroupName"] for group in answer["AutoScalingGroups"]]
