"""Takes the walls of an empty RDB group down and deletes it, never with force: that terminates instances."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.release.walls import HOOK_NAME
from highwater.terminal import Failed, say

POLL_SECONDS = 5
LONGEST_SECONDS = 15 * 60


def delete_group(client: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Delete a group without instances and wait until it is gone. Raises Failed."""
    try:
        say(f"Taking the walls of {name} down")
        client.update_auto_scaling_group(AutoScalingGroupName=name, DeletionProtection="none")
        client.update_auto_scaling_group(
            AutoScalingGroupName=name,
            InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
        )
        _delete_hook(client, name)
        say(f"Deleting {name}")
        client.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=False)
    except ClientError as error:
        # The control plane repairs a wall each minute: the next attempt is likely to fall in between.
        raise Failed(f"Group {name} could not be deleted ({error}): run this again.") from error
    for _ in range(LONGEST_SECONDS // POLL_SECONDS):
        if not client.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]:
            return
        sleep(POLL_SECONDS)
    raise Failed(f"Group {name} is still being deleted: run this again in some minutes.")


def _delete_hook(client: Any, name: str) -> None:
    hooks = client.describe_lifecycle_hooks(AutoScalingGroupName=name)["LifecycleHooks"]
    if any(hook["LifecycleHookName"] == HOOK_NAME for hook in hooks):
        client.delete_lifecycle_hook(AutoScalingGroupName=name, LifecycleHookName=HOOK_NAME)
