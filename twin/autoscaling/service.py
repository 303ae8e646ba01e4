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

Handler = Callable[[Region, Mapping[str, Any], datetime], dict[str, Any]]


class Operation(NamedTuple):
    """A handler, and the parameters that it knows."""

    handle: Handler
    required: frozenset[str]
    optional: frozenset[str]


def _operation(handle: Handler, required: str = "", optional: str = "") -> Operation:
    return Operation(handle, frozenset(required.split()), frozenset(optional.split()))


SETTINGS = (
    "AvailabilityZoneDistribution DefaultCooldown DefaultInstanceWarmup DeletionProtection DesiredCapacity "
    "HealthCheckGracePeriod HealthCheckType InstanceLifecyclePolicy LaunchTemplate "
    "NewInstancesProtectedFromScaleIn TerminationPolicies VPCZoneIdentifier"
)
GROUP = "AutoScalingGroupName"
PAGE = "MaxRecords NextToken"
ACTION = f"{GROUP} LifecycleHookName"
OPERATIONS = {
    "CompleteLifecycleAction": _operation(
        hooks.complete, f"{ACTION} LifecycleActionResult", "LifecycleActionToken InstanceId"
    ),
    "CreateAutoScalingGroup": _operation(
        groups.create, f"{GROUP} MinSize MaxSize", f"{SETTINGS} LifecycleHookSpecificationList Tags"
    ),
    "CreateOrUpdateTags": _operation(tags.create_or_update, "Tags"),
    "DeleteAutoScalingGroup": _operation(groups.delete, GROUP, "ForceDelete"),
    "DeleteLifecycleHook": _operation(hooks.delete, ACTION),
    "DeleteTags": _operation(tags.delete, "Tags"),
    "DescribeAutoScalingGroups": _operation(
        describe.describe_groups, "", f"AutoScalingGroupNames Filters IncludeInstances {PAGE}"
    ),
    "DescribeAutoScalingInstances": _operation(describe.describe_instances, "", f"InstanceIds {PAGE}"),
    "DescribeLifecycleHooks": _operation(hooks.describe, GROUP, "LifecycleHookNames"),
    "DescribeScalingActivities": _operation(
        activities.describe_scaling_activities, "", f"{GROUP} ActivityIds IncludeDeletedGroups {PAGE}"
    ),
    "DescribeTags": _operation(tags.describe, "", f"Filters {PAGE}"),
    "EnterStandby": _operation(
        instances.enter_standby, f"{GROUP} InstanceIds ShouldDecrementDesiredCapacity"
    ),
    "ExitStandby": _operation(instances.exit_standby, f"{GROUP} InstanceIds"),
    "PutLifecycleHook": _operation(
        hooks.put, ACTION, "LifecycleTransition HeartbeatTimeout DefaultResult NotificationMetadata"
    ),
    "RecordLifecycleActionHeartbeat": _operation(
        hooks.record_heartbeat, ACTION, "LifecycleActionToken InstanceId"
    ),
    "ResumeProcesses": _operation(groups.resume, GROUP, "ScalingProcesses"),
    "SetDesiredCapacity": _operation(
        groups.set_desired_capacity, f"{GROUP} DesiredCapacity", "HonorCooldown"
    ),
    "SetInstanceHealth": _operation(
        instances.set_health, "InstanceId HealthStatus", "ShouldRespectGracePeriod"
    ),
    "SetInstanceProtection": _operation(
        instances.set_protection, f"{GROUP} InstanceIds ProtectedFromScaleIn"
    ),
    "SuspendProcesses": _operation(groups.suspend, GROUP, "ScalingProcesses"),
    "TerminateInstanceInAutoScalingGroup": _operation(
        instances.terminate, "InstanceId ShouldDecrementDesiredCapacity"
    ),
    "UpdateAutoScalingGroup": _operation(groups.update, GROUP, f"{SETTINGS} MinSize MaxSize"),
}


class AutoScaling:
    """EC2 Auto Scaling of one account and region, strict: what AWS refuses is refused, and groups act by
    themselves.

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
        """Every instance that a group told EC2 to terminate, in that order, with the cause."""
        return self._region.terminations

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answers one request, boto3-shaped both ways (without ResponseMetadata; `{}` where AWS says
        nothing).

        Raises AwsError where AWS refuses, NotImplementedError for an operation or parameter outside the
        model.
        """
        if (known := OPERATIONS.get(operation)) is None:
            raise NotImplementedError(f"{operation} is not modelled")
        check(operation, params, known.required, known.optional)
        now = self._now().astimezone(UTC)
        try:
            engine.run(self._region, now)
            answer = known.handle(self._region, params, now)
            if not operation.startswith("Describe"):
                engine.plan(self._region)
                engine.run(self._region, now)
        finally:
            self._flush()
        return answer

    def advance(self) -> None:
        """Does all that is due by now, each thing as of the time at which it was due."""
        engine.run(self._region, self._now().astimezone(UTC))
        self._flush()

    def next_due(self) -> datetime | None:
        """When something happens next by itself; None if nothing will."""
        return self._region.due

    def _flush(self) -> None:
        outbox = self._region.outbox
        while outbox:
            self._emit(outbox.popleft())
