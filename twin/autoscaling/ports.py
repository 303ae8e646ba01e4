"""The part of EC2 that Auto Scaling needs.

The caller brings it: moto behind the wire, or a few lines in a fuzz harness.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Zone(NamedTuple):
    """An Availability Zone: `name` as in `us-east-1a`, `id` as in `use1-az6`."""

    name: str
    id: str


class Template(NamedTuple):
    """A launch template with its version resolved.

    `version` is a number as text, never `$Latest` or `$Default`.
    """

    id: str
    name: str
    version: str
    instance_type: str


class LaunchFailed(Exception):
    """EC2 refused to launch.

    `status_message` is the whole text that the failed activity shows, for example "We currently do not have
    sufficient r6i.xlarge capacity in the Availability Zone you requested (us-east-1a). Launching EC2
    instance failed."
    """

    def __init__(self, status_message: str) -> None:
        super().__init__(status_message)
        self.status_message = status_message


class Ec2(Protocol):
    """Called in the middle of a group's work: it must not call back into Auto Scaling."""

    def zone(self, subnet: str) -> Zone:
        """Return the zone of a subnet. Raises LookupError if there is no such subnet."""

    def template(self, launch_template: Mapping[str, str]) -> Template:
        """Resolve `{"LaunchTemplateId" or "LaunchTemplateName": ..., "Version": ...}`.

        Raises LaunchFailed if there is no such template or version.
        """

    def launch(
        self, group_name: str, launch_template: Mapping[str, str], subnet: str, tags: Mapping[str, str]
    ) -> str:
        """Start one instance and return its id.

        `launch_template` has LaunchTemplateId and a Version that is a number. Raises LaunchFailed for
        anything that keeps it from starting: capacity, a quota, a broken template.
        """

    def terminate(self, instance_id: str) -> None:
        """Terminate the instance, whatever its DisableApiTermination says; one that is gone is no error."""

    def state(self, instance_id: str) -> str:
        """Return EC2's state name: pending, running, shutting-down, terminated, stopping or stopped."""

    def taken_back(self, instance_id: str) -> str | None:
        """Return why EC2 ended an instance that it had just started; None for any other end."""
