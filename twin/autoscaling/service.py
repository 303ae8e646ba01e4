"""EC2 Auto Scaling as one object: the operations by name, and the passing of time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from twin.autoscaling import activities, describe, engine, groups, hooks, instances, tags
from twin.autoscaling.model import Termination
from twin.autoscaling.ports import Ec2
from twin.autoscaling.region import Region
from twin.autoscaling.request import check
from twin.autoscaling.timings import Timings

Handler = Callable[[Region, Mapping[str, Any]], dict[str, Any] | None]


class Operation(NamedTuple):
    """A handler, and the parameters that it knows."""

    handle: Handler
    required: frozenset[str]
    optional: frozenset[str]


def _operation(handle: Handler, parameters: str) -> Operation:
    names = parameters.split()
    optional = frozenset(name[:-1] for name in names if name.endswith("?"))
    return Operation(handle, frozenset(name for name in names if not name.endswith("?")), optional)


SETTINGS = """
    DeletionProtection? DesiredCapacity? HealthCheckGracePeriod? InstanceLifecyclePolicy?
    LaunchTemplate? NewInstancesProtectedFromScaleIn? TerminationPolicies? VPCZoneIdentifier?
"""
GROUP = "AutoScalingGroupName"
PAGE = "MaxRecords? NextToken?"
HOOK = f"{GROUP} LifecycleHookName"
HOOK_SETTINGS = "LifecycleTransition? HeartbeatTimeout? DefaultResult?"
# fmt: off
OPERATIONS = {
    name: _operation(handle, parameters)
    for name, handle, parameters in (
        ("CompleteLifecycleAction", hooks.complete, f"{HOOK} LifecycleActionResult InstanceId"),
        ("CreateAutoScalingGroup", groups.create,
         f"{GROUP} MinSize MaxSize LifecycleHookSpecificationList? Tags? {SETTINGS}"),
        ("CreateOrUpdateTags", tags.create_or_update, "Tags"),
        ("DeleteAutoScalingGroup", groups.delete, f"{GROUP} ForceDelete?"),
        ("DeleteLifecycleHook", hooks.delete, HOOK),
        ("DeleteTags", tags.delete, "Tags"),
        ("DescribeAutoScalingGroups", describe.describe_groups,
         f"AutoScalingGroupNames? Filters? {PAGE}"),
        ("DescribeLifecycleHooks", hooks.describe, GROUP),
        ("DescribeScalingActivities", activities.describe_scaling_activities, f"{GROUP} {PAGE}"),
        ("PutLifecycleHook", hooks.put, f"{HOOK} {HOOK_SETTINGS}"),
        ("ResumeProcesses", groups.resume, f"{GROUP} ScalingProcesses?"),
        ("SetDesiredCapacity", groups.set_desired_capacity, f"{GROUP} DesiredCapacity HonorCooldown?"),
        ("SetInstanceHealth", instances.set_health, "InstanceId HealthStatus ShouldRespectGracePeriod?"),
        ("SetInstanceProtection", instances.set_protection, f"{GROUP} InstanceIds ProtectedFromScaleIn"),
        ("SuspendProcesses", groups.suspend, f"{GROUP} ScalingProcesses?"),
        ("TerminateInstanceInAutoScalingGroup", instances.terminate,
         "InstanceId ShouldDecrementDesiredCapacity"),
        ("UpdateAutoScalingGroup", groups.update, f"{GROUP} MinSize? MaxSize? {SETTINGS}"),
    )
}
# fmt: on


class AutoScaling:
    """EC2 Auto Scaling of one account and region.

    It is strict: what AWS refuses is refused, and groups act by themselves.

    >>> autoscaling = AutoScaling(ec2, events.append, clock.now)
    >>> autoscaling.call("SetDesiredCapacity", {"AutoScalingGroupName": "trades", "DesiredCapacity": 3})
    {}
    >>> clock.advance(seconds=60); autoscaling.advance()

    Time is what `now` says (aware datetimes), and passes for the groups in `advance` and at the beginning
    of each `call`. `emit` gets each EventBridge event as a dict, in order, after the work that caused it:
    it may call back. Not for use from several threads at once.
    """

    def __init__(
        self,
        ec2: Ec2,
        emit: Callable[[dict[str, Any]], None],
        now: Callable[[], datetime],
        *,
        timings: Timings = Timings(),  # noqa: B008  frozen
        seed: int = 0,
    ) -> None:
        self._emit = emit
        self._now = now
        self._region = Region(ec2, timings, seed)

    @property
    def terminations(self) -> list[Termination]:
        """Return every instance that a group told EC2 to terminate, in that order, with the cause."""
        return self._region.terminations

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request, boto3-shaped both ways: without ResponseMetadata, `{}` where AWS says nothing.

        Raises AwsError where AWS refuses, NotImplementedError for an operation or parameter outside the
        model.
        """
        if (known := OPERATIONS.get(operation)) is None:
            raise NotImplementedError(f"{operation} is not modelled")
        check(operation, params, known.required, known.optional)
        now = self._now().astimezone(UTC)
        try:
            engine.run(self._region, now)
            answer = known.handle(self._region, params)
            if not operation.startswith("Describe"):
                engine.changed(self._region)
        finally:
            self._flush()
        return answer or {}

    def advance(self) -> None:
        """Do all that is due by now, each thing as of the time at which it was due."""
        engine.run(self._region, self._now().astimezone(UTC))
        self._flush()

    def next_due(self) -> datetime | None:
        """Return when something happens next by itself; None if nothing will."""
        return self._region.due

    def _flush(self) -> None:
        outbox = self._region.outbox
        while outbox:
            self._emit(outbox.popleft())
