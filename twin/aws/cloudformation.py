"""CloudFormation by moto, with the resource types that moto lacks or gets wrong, and what it resolved."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
import yaml
from moto.cloudformation import parsing
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.core.common_models import CloudFormationModel
from moto.efs.models import AccessPoint
from moto.logs.models import LogGroup
from moto.sns.models import sns_backends

ACCOUNT = "123456789012"
REGION = "us-east-1"

Resources = dict[str, tuple[str, dict[str, Any]]]


class _Resource:
    """A resource of ours. moto finds one by its being a direct subclass of CloudFormationModel."""

    kind = ""

    def __init__(self, physical_resource_id: str) -> None:
        self.physical_resource_id = physical_resource_id

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - moto's signature
        return False

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Mapping[str, Any], *_: Any, **__: Any
    ) -> Any:
        return cls(cls.create(resource_name, dict(cloudformation_json["Properties"])))

    @classmethod
    def create(cls, name: str, properties: dict[str, Any]) -> str:  # noqa: ARG003 - for those that do more
        """Create the resource as CloudFormation would and return its physical id."""
        return name


class StrictGroup(_Resource, CloudFormationModel):
    """A group, created over the wire, where the strict model answers instead of moto's."""

    kind = "AWS::AutoScaling::AutoScalingGroup"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any]) -> str:
        """Create the group as CloudFormation would."""
        group: str = properties.pop("AutoScalingGroupName", name)
        settings, tags = _settings(properties), _tags(group, properties)
        autoscaling = boto3.client("autoscaling")
        autoscaling.create_auto_scaling_group(AutoScalingGroupName=group, Tags=tags, **settings)
        return group

    @staticmethod
    def change(group: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Write what changed, and with any change of the settings both sizes, as CloudFormation does."""
        autoscaling = boto3.client("autoscaling")
        old, new = _settings(before), _settings(after)
        changed = {name: value for name, value in new.items() if value != old.get(name)}
        if changed:
            sizes = {name: new[name] for name in ("MinSize", "MaxSize")}
            autoscaling.update_auto_scaling_group(AutoScalingGroupName=group, **changed | sizes)
        tags = [tag for tag in _tags(group, after) if tag not in _tags(group, before)]
        gone = {tag["Key"] for tag in _tags(group, before)} - {tag["Key"] for tag in _tags(group, after)}
        if tags:
            autoscaling.create_or_update_tags(Tags=tags)
        if gone:
            where = {"ResourceId": group, "ResourceType": "auto-scaling-group"}
            autoscaling.delete_tags(Tags=[{**where, "Key": key} for key in sorted(gone)])


def _settings(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties of a group as its own calls take them."""
    apart = ("AutoScalingGroupName", "Tags", "Arn", "Name", "MetricsCollection")
    settings = {name: value for name, value in properties.items() if name not in apart}
    for number in ("MinSize", "MaxSize", "DesiredCapacity", "HealthCheckGracePeriod"):
        if number in settings:
            settings[number] = int(settings[number])
    # moto leaves AWS::NoValue in a list as None; CloudFormation drops it.
    settings["VPCZoneIdentifier"] = ",".join(filter(None, settings["VPCZoneIdentifier"]))
    return settings


def _tags(group: str, properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {**tag, "Value": str(tag["Value"]), "ResourceId": group, "ResourceType": "auto-scaling-group"}
        for tag in properties["Tags"]
        if tag is not None
    ]


class TopicSubscription(_Resource, CloudFormationModel):
    """A subscription of a function to a topic."""

    kind = "AWS::SNS::Subscription"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any]) -> str:  # noqa: ARG003 - it has none
        """Subscribe as CloudFormation would."""
        topic, endpoint, protocol = (properties[key] for key in ("TopicArn", "Endpoint", "Protocol"))
        region = topic.split(":")[3]
        arn: str = sns_backends[ACCOUNT][region].subscribe(topic, endpoint, protocol).arn
        return arn


class GeneratedSecret(_Resource, CloudFormationModel):
    """A secret whose password CloudFormation generates; a reference to it gives its ARN."""

    kind = "AWS::SecretsManager::Secret"

    @classmethod
    def create(cls, name: str, properties: dict[str, Any]) -> str:
        """Create the secret as CloudFormation would."""
        manager = boto3.client("secretsmanager")
        wanted = properties["GenerateSecretString"]
        password = manager.get_random_password(
            PasswordLength=int(wanted["PasswordLength"]), ExcludePunctuation=wanted["ExcludePunctuation"]
        )["RandomPassword"]
        value = {**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: password}
        arn: str = manager.create_secret(Name=name, SecretString=json.dumps(value))["ARN"]
        return arn


class QueueReaderMapping(_Resource, CloudFormationModel):
    """An event source mapping: the twin reads the queue itself, moto would call the function on each send."""

    kind = "AWS::Lambda::EventSourceMapping"


class ApiDeployment(_Resource, CloudFormationModel):
    """A deployment of the REST API: moto does not read the API's body, and refuses to deploy one without."""

    kind = "AWS::ApiGateway::Deployment"


def deploy(stack: str, template: Mapping[str, Any], parameters: Mapping[str, str]) -> Resources:
    """Create a stack; return type and resolved properties by logical id, with `Arn` and `Name`."""
    logging.getLogger("moto").setLevel(logging.ERROR)
    with warnings.catch_warnings(), _values_as_in_aws():
        warnings.simplefilter("ignore")
        boto3.client("cloudformation").create_stack(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        resource_map = cloudformation_backends[ACCOUNT][REGION].get_stack(stack).resource_map
        return _resolved(template, resource_map)


def update(stack: str, template: Mapping[str, Any], before: Resources) -> Resources:
    """Update a stack that has these resources, with the values it has; return them as they are then."""
    backend = cloudformation_backends[ACCOUNT][REGION]
    known = template.get("Parameters", {})
    values = {k: v for k, v in backend.get_stack(stack).parameters.items() if k in known}
    with warnings.catch_warnings(), _values_as_in_aws(), patch.object(parsing, UPDATES, _updated_or_kept):
        warnings.simplefilter("ignore")
        boto3.client("cloudformation").update_stack(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        after = _resolved(template, backend.get_stack(stack).resource_map)
    # Also where only the version of its launch template is another, which moto does not see.
    for logical_id, (kind, properties) in after.items():
        if kind == StrictGroup.kind and logical_id in before and properties != before[logical_id][1]:
            StrictGroup.change(properties["Name"], before[logical_id][1], properties)
    return after


UPDATES = "parse_and_update_resource"
_updated = parsing.parse_and_update_resource


def _updated_or_kept(logical_id: str, resource_json: dict[str, Any], resources: Any, **where: str) -> Any:
    """Keep the resource that moto cannot update: what it is like then is read from the template alone."""
    kept = resources[logical_id]
    return _updated(logical_id, resource_json, resources, **where) or kept


def default_network() -> dict[str, str]:
    """Return the parameters of a cluster in the account's default network: two zones, some image."""
    network = boto3.client("ec2").describe_subnets()["Subnets"]
    image = boto3.client("ec2").register_image(Name="rdb", Architecture="x86_64")
    first, second = sorted(network, key=lambda subnet: subnet["AvailabilityZone"])[:2]
    return {
        "Vpc": first["VpcId"],
        "SubnetA": first["SubnetId"],
        "SubnetB": second["SubnetId"],
        "ImageId": image["ImageId"],
    }


@contextmanager
def _values_as_in_aws() -> Iterator[None]:
    """Resolve as AWS does what moto does not: a log group's ARN, an access point by reference."""
    streams = lambda group, _name: f"{group.arn}:*"  # noqa: E731
    reference = property(lambda point: point.access_point_id)
    with (
        patch.object(LogGroup, "get_cfn_attribute", streams),
        patch.object(AccessPoint, "physical_resource_id", reference, create=True),
        # moto reads a template as YAML, which takes a second; JSON is YAML too.
        patch.object(yaml, "load", lambda text, **_: json.loads(text)),
    ):
        yield


def _resolved(template: Mapping[str, Any], resource_map: Any) -> Resources:
    found: Resources = {}
    for logical_id, resource in template["Resources"].items():
        if "Condition" in resource and not resource_map.lazy_condition_map[resource["Condition"]]:
            continue
        properties = clean_json(resource.get("Properties", {}), resource_map)
        created = resource_map.get(logical_id)
        arn = getattr(created, "function_arn", None) or getattr(created, "arn", None)
        name = getattr(created, "physical_resource_id", logical_id)
        found[logical_id] = (resource["Type"], {**properties, "Arn": arn, "Name": name})
    return found
