"""What real AWS was seen to do, and which of it the strict groups leave out.

Captured facts: from real AWS by radkawar/stackd, commit 9dc356f (27 September 2026), told in our own words.
"""

from collections.abc import Callable

# fmt: off
FACTS = [
    "desired-above-max", "update-min-over-max", "create-min-over-max", "create-desired-over-max",
    "create-min-negative", "create-duplicate", "create-template-denied", "delete-with-instances",
    "delete-policy-unknown", "lifecycle-token-unknown", "lifecycle-instance-completed",
    "hook-global-timeout", "launch-hook-sequence", "launch-event", "launch-by-update",
    "hook-target-undeliverable", "launch-suspended", "execute-policy-suspended", "scale-in-protected",
    "health-replaces-protected", "terminate-suspended", "health-status-case", "attach",
    "standby-enter-decrement", "standby-exit-launch-suspended", "standby-exit",
    "termination-policy-latest", "termination-policy-not-first", "termination-policy-other-region",
    "termination-policy-bare-name", "lambda-policy-empty", "retain-on-abandon",
    "retained-terminate-again", "retained-terminate-decrement", "retained-standby", "retain-force-delete",
    "force-delete-retained", "force-delete-protected", "force-delete-empty", "defaults",
]
# fmt: on

_NO_LAMBDA = "custom termination policies (Lambda) are not used: releases name the instance"
FACTS_LEFT_OUT = {
    "create-template-denied": "who may call is IAM's business, not the model's",
    "delete-policy-unknown": "scaling policies are not used: Highwater sets the capacity itself",
    "execute-policy-suspended": "scaling policies are not used: Highwater sets the capacity itself",
    "hook-target-undeliverable": "hooks have no notification target: EventBridge carries their events",
    "attach": "instances are never attached: groups launch their own",
    "termination-policy-latest": _NO_LAMBDA,
    "termination-policy-not-first": _NO_LAMBDA,
    "termination-policy-other-region": _NO_LAMBDA,
    "lambda-policy-empty": _NO_LAMBDA,
}

OPERATIONS_LEFT_OUT = {
    "LaunchInstances": "Highwater raises the desired capacity, which needs no choice of a zone",
    "AttachInstances": "groups launch their own instances",
    "DetachInstances": "an RDB that left its group would be out of every wall's reach",
    "PutWarmPool": "a standby RDB is a running member",
    "DescribeWarmPool": "a standby RDB is a running member",
    "StartInstanceRefresh": "it would replace RDBs that hold data",
    "DescribeInstanceRefreshes": "it would replace RDBs that hold data",
    "PutScalingPolicy": "the controller decides on the capacity",
    "ExecutePolicy": "the controller decides on the capacity",
    "PutScheduledUpdateGroupAction": "the controller decides on the capacity",
    "EnableMetricsCollection": "no decision reads the metrics of groups",
    "DescribeTags": "tags are read with their groups",
    "CreateLaunchConfiguration": "groups use launch templates",
}

REPRODUCED: set[str] = set()


def captured[Test: Callable[..., None]](*facts: str) -> Callable[[Test], Test]:
    """Marks a test as the one that reproduces these captured facts."""
    REPRODUCED.update(facts)
    return lambda test: test
