"""EC2 of one world: the groups' port to it, and the calls that the control plane makes of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twin.autoscaling import AwsError, LaunchFailed, Template, Zone

SUBNETS = "subnet-a,subnet-b,subnet-c"
FULL_ZONE = (
    "We currently do not have sufficient r6i.xlarge capacity in the Availability Zone you requested ({}). "
    "Launching EC2 instance failed."
)


class Hosts:
    """Instances `i-00000001`, `i-00000002`, ...; `groups` has the group that launched each.

    In `full_zones`, by letter, nothing launches.

    `started` is called with the group and the id of each instance, `ended` with the id.
    """

    def __init__(self) -> None:
        self.started: Callable[[str, str], None] = lambda _group, _instance_id: None
        self.ended: Callable[[str], None] = lambda _instance_id: None
        self.states: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.full_zones: set[str] = set()

    def zone(self, subnet: str) -> Zone:
        """Return the zone of a subnet: `subnet-a` is in `us-east-1a`."""
        letter = subnet.removeprefix("subnet-")
        if letter not in ("a", "b", "c"):
            raise LookupError(subnet)
        return Zone(f"us-east-1{letter}", f"use1-az{letter}")

    def template(self, launch_template: Mapping[str, str]) -> Template:
        """Return the template, which has one version."""
        return Template(launch_template["LaunchTemplateId"], "rdb", "1", "r6i.xlarge")

    def launch(self, group: str, _template: Mapping[str, str], subnet: str, tags: Mapping[str, str]) -> str:
        """Start an instance. Raises LaunchFailed while its zone is full."""
        zone = self.zone(subnet).name
        if zone[-1] in self.full_zones:
            raise LaunchFailed(FULL_ZONE.format(zone))
        instance_id = f"i-{len(self.states) + 1:08x}"
        self.states[instance_id] = "running"
        self.tags[instance_id], self.groups[instance_id] = dict(tags), group
        self.started(group, instance_id)
        return instance_id

    def terminate(self, instance_id: str) -> None:
        """End an instance; one that is gone already is no error."""
        if self.states.get(instance_id) != "terminated":
            self.states[instance_id] = "terminated"
            self.ended(instance_id)

    def state(self, instance_id: str) -> str:
        """Return EC2's state of an instance."""
        return self.states.get(instance_id, "terminated")

    def taken_back(self, _instance_id: str) -> str | None:
        """Return None: this EC2 takes no launch back."""
        return None

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer as EC2 does, as far as a control plane needs. Raises AwsError and NotImplementedError."""
        match operation:
            case "DescribeInstances":
                found = [
                    {"InstanceId": instance_id, "State": {"Name": self.state(instance_id)}}
                    for instance_id in self._matching(params["Filters"])
                ]
                return {"Reservations": [{"Instances": found}]}
            case "CreateTags":
                for tags in self._tags_of(params["Resources"]):
                    tags.update({tag["Key"]: tag["Value"] for tag in params["Tags"]})
            case "DeleteTags":
                for tags in self._tags_of(params["Resources"]):
                    for tag in params["Tags"]:
                        tags.pop(tag["Key"], None)
            case _:
                raise NotImplementedError(f"{operation} is not modelled")
        return {}

    def _matching(self, filters: Sequence[Mapping[str, Any]]) -> list[str]:
        values = {each["Name"]: each["Values"] for each in filters}
        if unknown := values.keys() - {"instance-id", "instance-state-name"}:
            raise NotImplementedError(f"filters {unknown} are not modelled")
        ids, states = values.get("instance-id", self.states), values.get("instance-state-name")
        return [i for i in ids if i in self.states and (states is None or self.states[i] in states)]

    def _tags_of(self, instance_ids: Sequence[str]) -> list[dict[str, str]]:
        try:
            return [self.tags[instance_id] for instance_id in instance_ids]
        except KeyError as error:
            raise AwsError("InvalidInstanceID.NotFound", f"The instance ID {error} does not exist") from error
