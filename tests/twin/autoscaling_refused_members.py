"""What AWS refuses about members: their hooks, termination, standby, protection and health."""

from typing import Any

from tests.twin.autoscaling_bench import LAUNCH_HOOK, TERMINATE_HOOK, Bench
from tests.twin.autoscaling_states import (
    API,
    CAPTURED,
    GUIDE,
    INVALID,
    NAMED,
    QUOTED,
    Refusal,
    at_minimum,
    empty,
    one,
    retained,
)

TERMINATE = "TerminateInstanceInAutoScalingGroup"
_ACTION = {**NAMED, "LifecycleHookName": "terminate"}
_STANDBY = {**NAMED, "InstanceIds": ["i-1"], "ShouldDecrementDesiredCapacity": True}
_NO_INSTANCE = "Instance Id not found - No managed instance found for instance ID: i-9"
_AT_MINIMUM = (
    "Currently, desiredSize equals minSize (1). Terminating instance without replacement will violate "
    "group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's "
    "min size."
)
_RETAINED = (
    "The instance i-1 is in a Retained state and can't be terminated while decreasing desired capacity. To "
    "terminate these instances, retry without decreasing the Auto Scaling group's desired capacity."
)
_NOT_SERVING = "The instance i-1 is not in InService or EnteringStandby or Standby."
_STANDBY_SIZES = (
    "AutoScalingGroup asg-1 has min-size=1, max-size=3, and desired-size=1. To place into standby 1 "
    "instance, please update the AutoScalingGroup sizes appropriately."
)
_FULL = (
    "AutoScalingGroup asg-1 has min-size=0, max-size=1, and desired-size=1. To move out of standby 1 "
    "instance, please update the AutoScalingGroup sizes appropriately."
)


def _launching(bench: Bench) -> None:
    bench.create(DesiredCapacity=1)
    bench.wait(15)


def _leaving(bench: Bench) -> None:
    bench.serving(2)
    bench.terminate("i-1")


def _waiting(bench: Bench) -> None:
    bench.serving(1, LifecycleHookSpecificationList=[TERMINATE_HOOK])
    bench.terminate("i-1")
    bench.wait(5)


def _completed(bench: Bench) -> None:
    _waiting(bench)
    bench.complete("i-1", "CONTINUE")


def _standby(bench: Bench) -> None:
    bench.serving(1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=True)
    bench.wait(10)
    bench.suspend("Launch")


def _standby_at_maximum(bench: Bench) -> None:
    bench.serving(1, MaxSize=1)
    bench.on_group("EnterStandby", InstanceIds=["i-1"], ShouldDecrementDesiredCapacity=False)
    bench.wait(60)


def _fifty_hooks(bench: Bench) -> None:
    bench.create()
    for number in range(50):
        hook = {**TERMINATE_HOOK, "LifecycleHookName": f"hook-{number}"}
        bench.on_group("PutLifecycleHook", **hook)


def _terminating(instance_id: str, *, decrement: bool) -> dict[str, Any]:
    return {"InstanceId": instance_id, "ShouldDecrementDesiredCapacity": decrement}


def _protecting(instance_id: str) -> dict[str, Any]:
    return {**NAMED, "InstanceIds": [instance_id], "ProtectedFromScaleIn": True}


# fmt: off
MEMBERS = [
    Refusal("completing by an unknown token", CAPTURED, _waiting,
            "CompleteLifecycleAction",
            {**_ACTION, "LifecycleActionToken": "token-1", "LifecycleActionResult": "CONTINUE"}, INVALID,
            "No active Lifecycle Action found with token token-1", "lifecycle-token-unknown"),
    Refusal("a heartbeat by an unknown token", CAPTURED, empty,
            "RecordLifecycleActionHeartbeat", {**_ACTION, "LifecycleActionToken": "token-1"}, INVALID,
            "No active Lifecycle Action found with token token-1", "lifecycle-token-unknown"),
    Refusal("completing a second time", CAPTURED, _completed,
            "CompleteLifecycleAction",
            {**_ACTION, "InstanceId": "i-1", "LifecycleActionResult": "CONTINUE"}, INVALID,
            "No active Lifecycle Action found with instance ID i-1", "lifecycle-instance-completed"),
    Refusal("completing without saying whose action", API, _waiting,
            "CompleteLifecycleAction", {**_ACTION, "LifecycleActionResult": "CONTINUE"}, INVALID,
            "Either a lifecycle action token or an instance ID is required."),
    Refusal("a heartbeat timeout under 30 seconds", API, empty,
            "PutLifecycleHook", {**NAMED, **LAUNCH_HOOK, "HeartbeatTimeout": 29}, INVALID,
            "Heartbeat timeout, 29, must be between 30 and 7200 seconds."),
    Refusal("a new hook without a transition", API, empty,
            "PutLifecycleHook", {**NAMED, "LifecycleHookName": "launch"}, INVALID,
            "A lifecycle transition is required to create a lifecycle hook."),
    Refusal("the 51st hook of a group", GUIDE, _fifty_hooks,
            "PutLifecycleHook", {**NAMED, **LAUNCH_HOOK}, "LimitExceeded",
            "A group can have at most 50 lifecycle hooks."),
    Refusal("deleting a hook that does not exist", API, empty,
            "DeleteLifecycleHook", {**NAMED, "LifecycleHookName": "none"}, INVALID,
            "No Lifecycle Hook found with name none"),
    Refusal("terminating an instance of no group", QUOTED, one,
            TERMINATE, _terminating("i-9", decrement=True), INVALID, _NO_INSTANCE),
    Refusal("terminating the same instance twice", QUOTED, _leaving,
            TERMINATE, _terminating("i-1", decrement=True), INVALID,
            "The instance i-1 is already being terminated."),
    Refusal("terminating with decrement at MinSize", QUOTED, at_minimum,
            TERMINATE, _terminating("i-1", decrement=True), INVALID, _AT_MINIMUM),
    Refusal("terminating a retained instance with decrement", CAPTURED, retained,
            TERMINATE, _terminating("i-1", decrement=True), INVALID, _RETAINED,
            "retained-terminate-decrement"),
    Refusal("putting a retained instance on standby", CAPTURED, retained,
            "EnterStandby", _STANDBY, INVALID, "The instance i-1 is not in InService.", "retained-standby"),
    Refusal("leaving standby while Launch is suspended", CAPTURED, _standby,
            "ExitStandby", {**NAMED, "InstanceIds": ["i-1"]}, INVALID,
            "Cannot move instances out of Standby for AutoScalingGroup asg-1 while the Launch process is "
            "suspended",
            "standby-exit-launch-suspended"),
    Refusal("standby with decrement at MinSize", GUIDE, at_minimum,
            "EnterStandby", _STANDBY, INVALID, _STANDBY_SIZES),
    Refusal("leaving standby beyond MaxSize", GUIDE, _standby_at_maximum,
            "ExitStandby", {**NAMED, "InstanceIds": ["i-1"]}, INVALID, _FULL),
    Refusal("leaving standby that one is not on", API, one,
            "ExitStandby", {**NAMED, "InstanceIds": ["i-1"]}, INVALID,
            "The instance i-1 is not in Standby."),
    Refusal("protecting an instance that is still pending", QUOTED, _launching,
            "SetInstanceProtection", _protecting("i-1"), INVALID, _NOT_SERVING),
    Refusal("protecting an instance that is leaving", QUOTED, _leaving,
            "SetInstanceProtection", _protecting("i-1"), INVALID, _NOT_SERVING),
    Refusal("protecting an instance of another group", QUOTED, one,
            "SetInstanceProtection", _protecting("i-9"), INVALID,
            "The instance i-9 is not part of Auto Scaling group asg-1."),
    Refusal("a health status for an instance of no group", API, one,
            "SetInstanceHealth", {"InstanceId": "i-9", "HealthStatus": "Unhealthy"}, INVALID, _NO_INSTANCE),
    Refusal("a health status for an instance that is leaving", GUIDE, _leaving,
            "SetInstanceHealth", {"InstanceId": "i-1", "HealthStatus": "Healthy"}, INVALID,
            "The instance i-1 is already being terminated."),
]
# fmt: on
