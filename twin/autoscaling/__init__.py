"""A strict model of EC2 Auto Scaling: plain Python, on a clock handed in, the same history for the same
calls.
"""

from twin.autoscaling.errors import AwsError
from twin.autoscaling.model import Termination, TerminationCause
from twin.autoscaling.ports import Ec2, LaunchFailed, Template, Zone
from twin.autoscaling.service import OPERATIONS, AutoScaling
from twin.autoscaling.timings import Timings

__all__ = [
    "OPERATIONS",
    "AutoScaling",
    "AwsError",
    "Ec2",
    "LaunchFailed",
    "Template",
    "Termination",
    "TerminationCause",
    "Timings",
    "Zone",
]
