"""EC2 as Auto Scaling sees it: instances in moto, and whoever wants to know of their start and end."""

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends

from twin.autoscaling import LaunchFailed, Template, Zone
from twin.aws.cloudformation import ACCOUNT, REGION

Started = Callable[[str, Mapping[str, str]], None]
Ended = Callable[[str], None]


def unwatched(*_: object) -> None:
    """Do nothing: nobody wants to know."""


class Hosts:
    """The groups' port to moto's EC2. `fail_launch` is the status message that launches fail with."""

    def __init__(self, started: Started = unwatched, ended: Ended = unwatched) -> None:
        self._started = started
        self._ended = ended
        # A session of its own: calls over the default one count as the control plane's.
        self._ec2 = boto3.Session().client("ec2", region_name=REGION)
        self._states: dict[str, str] = {}
        self._taken_back: dict[str, str] = {}
        self._launch_templates: dict[str, Mapping[str, str]] = {}
        self.fail_launch: str | None = None

    @cache  # noqa: B019 - lives as long as its twin
    def zone(self, subnet: str) -> Zone:
        """Return the zone of a subnet."""
        found = self._ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
        if not found:
            raise LookupError(subnet)
        return Zone(found[0]["AvailabilityZone"], found[0]["AvailabilityZoneId"])

    def template(self, launch_template: Mapping[str, str]) -> Template:
        """Return a launch template with its version resolved. Raises LaunchFailed in EC2's words."""
        found = self._version(launch_template)
        return Template(
            id=found["LaunchTemplateId"],
            name=found["LaunchTemplateName"],
            version=str(found["VersionNumber"]),
            instance_type=found["LaunchTemplateData"]["InstanceType"],
        )

    def _version(self, launch_template: Mapping[str, str]) -> Mapping[str, Any]:
        query: dict[str, Any] = {k: v for k, v in launch_template.items() if k != "Version"}
        version = launch_template.get("Version", "$Default")
        try:
            found = self._ec2.describe_launch_template_versions(**query, Versions=[version])
        except ClientError as error:
            raise LaunchFailed(error.response["Error"]["Message"]) from error
        if not found["LaunchTemplateVersions"]:
            raise LaunchFailed(f"The specified launch template version {version} does not exist.")
        first: Mapping[str, Any] = found["LaunchTemplateVersions"][0]
        return first

    def launch(
        self, _group_name: str, launch_template: Mapping[str, str], subnet: str, tags: Mapping[str, str]
    ) -> str:  # the group's name is in its tags too
        """Start an instance. Raises LaunchFailed while launches are made to fail."""
        if self.fail_launch:
            raise LaunchFailed(self.fail_launch)
        answer = self._ec2.run_instances(
            MinCount=1,
            MaxCount=1,
            LaunchTemplate=dict(launch_template),
            SubnetId=subnet,
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            ],
        )
        instance_id: str = answer["Instances"][0]["InstanceId"]
        self._states[instance_id] = "running"
        self._launch_templates[instance_id] = launch_template
        self._started(instance_id, tags)
        return instance_id

    @cache  # noqa: B019 - lives as long as its twin
    def role(self, instance_id: str) -> str:
        """Return the role in the profile of the instance's launch template; moto's instances have none."""
        data = self._version(self._launch_templates[instance_id])["LaunchTemplateData"]
        profile = data["IamInstanceProfile"]["Arn"].rpartition("/")[2]
        found = boto3.client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
        name: str = found["Roles"][0]["RoleName"]
        return name

    def terminate(self, instance_id: str) -> None:
        """End an instance."""
        if self._states.get(instance_id) != "terminated":
            self._states[instance_id] = "terminated"
            self._ec2.terminate_instances(InstanceIds=[instance_id])
            self._ended(instance_id)

    def take_back(self, instance_id: str, reason: str) -> None:
        """End an instance that was just started, for a reason of EC2's own."""
        self._taken_back[instance_id] = reason
        self.terminate(instance_id)

    def stop(self, instance_id: str) -> None:
        """Stop an instance, as EC2 does to one whose shutdown behaviour is to stop."""
        self._states[instance_id] = "stopped"
        self._ec2.stop_instances(InstanceIds=[instance_id])

    def tags(self, instance_id: str) -> Mapping[str, str]:
        """Return the tags of an instance, as its metadata service shows them."""
        return dict(self._all_tags.get(instance_id, {}))

    @cached_property
    def _all_tags(self) -> Mapping[str, Mapping[str, str]]:
        tags: Mapping[str, Mapping[str, str]] = ec2_backends[ACCOUNT][REGION].tags
        return tags

    def state(self, instance_id: str) -> str:
        """Return the state of an instance; one that was never started counts as terminated."""
        return self._states.get(instance_id, "terminated")

    def taken_back(self, instance_id: str) -> str | None:
        """Return why EC2 ended an instance that it had just started; None for any other end."""
        return self._taken_back.get(instance_id)
