"""EC2 of one world: the groups' port to it, and the calls that the control plane makes of it."""

from collections.abc import Callable, Mapping
from typing import Any

from twin.autoscaling import AwsError, LaunchFailed, Template, Zone

SUBNETS = "subnet-a,subnet-b,subnet-c"
FULL_ZONE = (
    "We currently do not have sufficient r6i.xlarge capacity in the Availability Zone you requested ({}). "
    "Launching EC2 instance failed."
)


class Hosts:
    """Instances `i-00000001`, `i-00000002`, ...; in `full_zones`, by letter, nothing launches.

    `started` and `ended` are called with each instance id.
    """

    def __init__(self) -> None:
        self.started: Callable[[str], None] = lambda _instance_id: None
        self.ended: Callable[[str], None] = lambda _instance_id: None
        self.states: dict[str, str] = {}
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

    def launch(self, _group: str, _template: Mapping[str, str], subnet: str, tags: Mapping[str, str]) -> str:
        """Start an instance. Raises LaunchFailed while its zone is full."""
        zone = self.zone(subnet).name
        if zone[-1] in self.full_zones:
            raise LaunchFailed(FULL_ZONE.format(zone))
        instance_id = f"i-{len(self.states) + 1:08x}"
        self.states[instance_id] = "running"
        self.tags[instance_id] = dict(tags)
        self.started(instance_id)
        return instance_id

    def terminate(self, instance_id: str) -> None:
        """End an instance; one that is gone already is no error."""
        if self.states.get(instance_id) != "terminated":
            self.states[instance_id] = "terminated"
            self.ended(instance_id)

    def state(self, instance_id: str) -> str:
        """Return EC2's state of an instance."""
        return self.states.get(instance_id, "terminated")

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer as EC2 does, as far as a control plane needs. Raises AwsError and NotImplementedError."""
        if operation == "DescribeInstances":
            return {"Reservations": [{"Instances": [self._view(i) for i in self._matching(params)]}]}
        if operation not in ("CreateTags", "DeleteTags"):
            raise NotImplementedError(f"{operation} is not modelled")
        for instance_id in params["Resources"]:
            if instance_id not in self.states:
                raise AwsError(
                    "InvalidInstanceID.NotFound", f"The instance ID '{instance_id}' does not exist"
                )
            for tag in params["Tags"]:
                if operation == "CreateTags":
                    self.tags[instance_id][tag["Key"]] = tag["Value"]
                else:
                    self.tags[instance_id].pop(tag["Key"], None)
        return {}

    def _matching(self, params: Mapping[str, Any]) -> list[str]:
        found = [i for i in params.get("InstanceIds", self.states) if i in self.states]
        for condition in params.get("Filters", ()):
            name, values = condition["Name"], condition["Values"]
            if name == "instance-id":
                found = [i for i in found if i in values]
            elif name == "instance-state-name":
                found = [i for i in found if self.states[i] in values]
            elif name.startswith("tag:"):
                found = [i for i in found if self.tags[i].get(name.removeprefix("tag:")) in values]
            elif name == "tag-key":
                found = [i for i in found if any(value in self.tags[i] for value in values)]
            else:
                raise NotImplementedError(f"filter {name} is not modelled")
        return found

    def _view(self, instance_id: str) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in self.tags[instance_id].items()]
        return {"InstanceId": instance_id, "State": {"Name": self.states[instance_id]}, "Tags": tags}
