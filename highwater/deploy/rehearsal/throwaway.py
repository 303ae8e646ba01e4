"""An Auto Scaling group that exists for one rehearsal."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from chalicelib.core.capacity.undone import CHANGE
from chalicelib.core.release.walls import HOOK, SUSPENDED
from highwater.deploy.aws.caller import code_of
from highwater.deploy.rehearsal.site import Site
from highwater.deploy.rules.rehearsal import INSTANCE_TYPE
from highwater.terminal import Failed

REHEARSAL_HOOK_NAME = "highwater-rehearsal"
REHEARSAL_HOOK = {**HOOK, "LifecycleHookName": REHEARSAL_HOOK_NAME, "HeartbeatTimeout": 900}
MAX_SIZE = 4
LOOK_EVERY = 5
BUSY = ("ScalingActivityInProgress", "ResourceContention")
BUSY_TRIES = 18
BUSY_SECONDS = 10
DELETION_SECONDS = 600
GOING = ("name not found", "pending delete")


class Seen(msgspec.Struct, frozen=True):
    """The group at one moment: its desired capacity, and the lifecycle state by instance id."""

    desired: int
    states: dict[str, str]

    @property
    def in_service(self) -> tuple[str, ...]:
        """The instances in service, by id."""
        return tuple(sorted(i for i, state in self.states.items() if state == "InService"))


class Throwaway:
    """One launch template and one group, both called `name`.

    The group has no highwater: tag, so that no control plane sees it.
    """

    def __init__(self, site: Site, subnet: str, image: str) -> None:
        self._ec2 = site.session.client("ec2")
        self._autoscaling = site.session.client("autoscaling")
        self.name, self._subnet, self._image, self._sleep = site.name, subnet, image, site.sleep
        self._belongings = site.belongings
        self._down = False
        self._group: dict[str, Any] = {"AutoScalingGroupName": site.name}

    def create(self, instances: int) -> None:
        """Create both, with the walls of an RDB group, and wait for the instances. Raises Failed."""
        self._belongings.claim(
            f"launch template {self.name}",
            self.delete_template,
            f"  aws ec2 delete-launch-template --launch-template-name {self.name}",
        )
        self._ec2.create_launch_template(
            LaunchTemplateName=self.name,
            LaunchTemplateData={"ImageId": self._image, "InstanceType": INSTANCE_TYPE},
        )
        self._belongings.claim(f"group {self.name}", self._delete_group, by_hand(self.name))
        self._autoscaling.create_auto_scaling_group(
            **self._group,
            MinSize=1,
            MaxSize=MAX_SIZE,
            DesiredCapacity=instances,
            LaunchTemplate={"LaunchTemplateName": self.name, "Version": "1"},
            VPCZoneIdentifier=self._subnet,
            NewInstancesProtectedFromScaleIn=True,
            DeletionProtection="prevent-all-deletion",
            InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "retain"}},
            LifecycleHookSpecificationList=[REHEARSAL_HOOK],
            Tags=[{"Key": "Name", "Value": self.name, "PropagateAtLaunch": True}],
        )
        seen = self.wait_for(lambda seen: len(seen.in_service) == instances, seconds=300)
        if len(seen.in_service) < instances:
            raise Failed(f"{len(seen.in_service)} of {instances} instances came into service: {self._why()}")

    def suspend(self) -> None:
        """Suspend processes: the one wall that a template cannot set."""
        self._autoscaling.suspend_processes(**self._group, ScalingProcesses=sorted(SUSPENDED))

    def set_min_size(self, size: int) -> None:
        """Set MinSize."""
        self._patiently(self._autoscaling.update_auto_scaling_group, **self._group, MinSize=size)

    def set_desired(self, desired: int) -> None:
        """Set DesiredCapacity, as somebody would by hand."""
        self._patiently(self._autoscaling.set_desired_capacity, **self._group, DesiredCapacity=desired)

    def terminate(self, instance_id: str, *, decrement: bool) -> None:
        """Terminate one instance through the group."""
        call = self._autoscaling.terminate_instance_in_auto_scaling_group
        self._patiently(call, InstanceId=instance_id, ShouldDecrementDesiredCapacity=decrement)

    def complete(self, instance_id: str, result: str) -> None:
        """Complete the terminating hook of one instance with CONTINUE or ABANDON."""
        self._autoscaling.complete_lifecycle_action(
            **self._group,
            LifecycleHookName=REHEARSAL_HOOK_NAME,
            InstanceId=instance_id,
            LifecycleActionResult=result,
        )

    def take_walls_down(self) -> None:
        """Take down, once, what prevents the deletion. Without its launch template AWS may refuse this."""
        if self._down:
            return
        self._autoscaling.update_auto_scaling_group(
            **self._group,
            MinSize=0,
            DeletionProtection="none",
            InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "terminate"}},
        )
        self._down = True

    def delete_template(self) -> None:
        """Delete the launch template, unless it is gone already."""
        named = [{"Name": "launch-template-name", "Values": [self.name]}]
        for template in self._ec2.describe_launch_templates(Filters=named)["LaunchTemplates"]:
            self._ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])

    def delete(self, *, force: bool = False) -> None:
        """Delete the group."""
        self._patiently(self._autoscaling.delete_auto_scaling_group, **self._group, ForceDelete=force)

    def seen(self) -> Seen:
        """Read the group; an empty one when it is gone."""
        groups = self._described()
        if not groups:
            return Seen(0, {})
        (group,) = groups
        states = {member["InstanceId"]: member["LifecycleState"] for member in group["Instances"]}
        return Seen(group["DesiredCapacity"], states)

    def wait_for(self, arrived: Callable[[Seen], bool], seconds: float) -> Seen:
        """Wait until the group has `arrived`, at most so many seconds, and return it as it is then."""
        for _ in range(int(seconds // LOOK_EVERY)):
            if arrived(seen := self.seen()):
                return seen
            self._sleep(LOOK_EVERY)
        return self.seen()

    def rest(self, seconds: float) -> Seen:
        """Give the group so many seconds to do something, and return it."""
        self._sleep(seconds)
        return self.seen()

    def failed_launch(self, seconds: float) -> str:
        """Wait for a failed launch, and return the reason that AWS gives; empty when none fails."""

        def reason(activity: Mapping[str, Any]) -> str:
            failed = activity["StatusCode"] == "Failed" and activity["Description"].startswith("Launching")
            return str(activity.get("StatusMessage", "no reason given")) if failed else ""

        return self._told(reason, seconds)

    def changes_told(self, changes: list[tuple[int, int]], seconds: float) -> str:
        """Wait for an activity whose cause ends with these changes; return it, or nothing if none comes."""

        def cause(activity: Mapping[str, Any]) -> str:
            text = str(activity.get("Cause", ""))
            told = [(int(low), int(high)) for *_, low, high in CHANGE.findall(text)]
            return text if told[-len(changes) :] == changes else ""

        return self._told(cause, seconds)

    def _told(self, words: Callable[[Mapping[str, Any]], str], seconds: float) -> str:
        """Wait until the group's activities have the words, and return them; empty when they never do."""
        for _ in range(int(seconds // LOOK_EVERY)):
            shown = self._autoscaling.describe_scaling_activities(**self._group)["Activities"]
            for activity in shown:
                if found := words(activity):
                    return found
            self._sleep(LOOK_EVERY)
        return ""

    def _delete_group(self) -> None:
        try:
            self._begin_deletion()
        except ClientError as error:
            if not any(words in str(error) for words in GOING):
                raise
        for _ in range(DELETION_SECONDS // LOOK_EVERY):
            if not self._described():
                return
            self._sleep(LOOK_EVERY)
        raise Failed(f"still being deleted after {DELETION_SECONDS} s")

    def _begin_deletion(self) -> None:
        """Take the walls down, release what the hook holds, and delete with force."""
        self.take_walls_down()
        for hook in self._autoscaling.describe_lifecycle_hooks(**self._group)["LifecycleHooks"]:
            self._autoscaling.delete_lifecycle_hook(
                **self._group, LifecycleHookName=hook["LifecycleHookName"]
            )
        self.delete(force=True)

    def walls(self) -> dict[str, Any]:
        """Read the settings that are walls, as AWS shows them."""
        (group,) = self._described()
        policy = group.get("InstanceLifecyclePolicy", {}).get("RetentionTriggers", {})
        return {
            "TerminateHookAbandon": policy.get("TerminateHookAbandon"),
            "DeletionProtection": group.get("DeletionProtection"),
            "NewInstancesProtectedFromScaleIn": group["NewInstancesProtectedFromScaleIn"],
            "SuspendedProcesses": sorted(p["ProcessName"] for p in group["SuspendedProcesses"]),
        }

    def _described(self) -> list[dict[str, Any]]:
        answer = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        groups: list[dict[str, Any]] = answer["AutoScalingGroups"]
        return groups

    def _why(self) -> str:
        """Read AWS's newest explanation of a failed launch."""
        answer = self._autoscaling.describe_scaling_activities(**self._group)["Activities"]
        messages = [activity["StatusMessage"] for activity in answer if activity.get("StatusMessage")]
        return messages[0] if messages else "no activity says why"

    def _patiently(self, call: Callable[..., Any], **arguments: Any) -> None:
        """Repeat a call while a scaling activity prevents it. Raises ClientError."""
        for attempt in range(BUSY_TRIES):
            try:
                call(**arguments)
            except ClientError as error:
                if code_of(error) not in BUSY or attempt == BUSY_TRIES - 1:
                    raise
                self._sleep(BUSY_SECONDS)
            else:
                return


def by_hand(name: str) -> str:
    """List the commands that take the group's walls down and delete it."""
    group = f"--auto-scaling-group-name {name}"
    return (
        f"  aws autoscaling update-auto-scaling-group {group} --min-size 0 --deletion-protection none \\\n"
        "    --instance-lifecycle-policy 'RetentionTriggers={TerminateHookAbandon=terminate}'\n"
        f"  aws autoscaling delete-auto-scaling-group {group} --force-delete"
    )
