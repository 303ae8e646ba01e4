"""What the control plane replaces: a script that describes, then sets DesiredCapacity to one more."""

from typing import Any


def scale(autoscaling: Any, group_name: str) -> None:
    """One more host, with no ledger: called twice for one need it launches two."""
    (group,) = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group_name])[
        "AutoScalingGroups"
    ]
    autoscaling.set_desired_capacity(
        AutoScalingGroupName=group_name, DesiredCapacity=group["DesiredCapacity"] + 1
    )
