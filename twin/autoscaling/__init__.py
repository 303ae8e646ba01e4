"""A strict model of EC2 Auto Scaling.

Plain Python on a clock that is handed in; the same calls give the same history. It knows what Highwater, its
rehearsal and its faults ask. Anything else (launch hooks, standby, scaling policies, warm pools) is a
NotImplementedError that names it.
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
