"""The requests that a call of the SDK makes of IAM: action, resource and condition keys.

Source: AWS's Service Authorization Reference.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.policies.evaluator import NOWHERE, Request
from twin.aws.cloudformation import ACCOUNT, REGION, Resources
from twin.aws.embedded import EmbeddedAws

Params = Mapping[str, Any]
Asks = Callable[[EmbeddedAws, str, Params], Iterator[Request]]

KEY_USE = ("kms:GenerateDataKey", "kms:Decrypt")
"""The actions that a sender through an encrypted topic or queue asks of its key."""

# Keys that a policy may use in a condition: those that are filled here and in `own_calls`.
KEYS = (
    "aws:ResourceTag/",
    "aws:RequestTag/",
    "aws:TagKeys",
    "autoscaling:ResourceTag/",
    "dynamodb:LeadingKeys",
    "ec2:ResourceTag/",
    "kms:ViaService",
)


class Unmapped(Exception):
    """A call that nobody has said yet what it asks of IAM."""


def asked(aws: EmbeddedAws, call: str, params: Params) -> tuple[Request, ...]:
    """The requests of `service:Operation` to IAM, by the state in which it finds AWS. Raises Unmapped."""
    if call not in CALLS:
        raise Unmapped(call)
    return tuple(CALLS[call](aws, call, params))


def _anywhere(_aws: EmbeddedAws, call: str, _params: Params) -> Iterator[Request]:
    yield Request(call, NOWHERE)


def _on_group(aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    yield _group_request(aws, call, params["AutoScalingGroupName"])


def _on_group_of_instance(aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    for group in aws.groups.call("DescribeAutoScalingGroups", {})["AutoScalingGroups"]:
        if any(member["InstanceId"] == params["InstanceId"] for member in group["Instances"]):
            yield _group_request(aws, call, group["AutoScalingGroupName"])


def _group_request(aws: EmbeddedAws, action: str, name: str) -> Request:
    (group,) = aws.groups.call("DescribeAutoScalingGroups", {"AutoScalingGroupNames": [name]})[
        "AutoScalingGroups"
    ]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    return Request.of(action, group["AutoScalingGroupARN"], resource_tags("autoscaling", tags))


def _on_tagged(aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    """Without tags DeleteTags removes all of them, and there is no aws:TagKeys."""
    tags = params.get("Tags", ())
    asked_for = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags if "Value" in tag}
    keys = {"aws:TagKeys": tuple(tag["Key"] for tag in tags)} if tags else {}
    for instance_id in params["Resources"]:
        shown = resource_tags("ec2", aws.hosts.tags(instance_id))
        yield Request.of(call, instance_arn(instance_id), {**shown, **asked_for, **keys})


def _on_item(_aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    yield item_request(call, params["TableName"], params["Key" if "Key" in params else "Item"])


def _on_partition(_aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    """Of a query's condition the partition's name, which it must have."""
    (cluster,) = re.findall(r"#cluster = (:\w+)", params["KeyConditionExpression"])
    yield item_request(call, params["TableName"], {"cluster": params["ExpressionAttributeValues"][cluster]})


def _on_tables(_aws: EmbeddedAws, call: str, params: Params) -> Iterator[Request]:
    for table, wanted in params["RequestItems"].items():
        yield item_request(call, table, *wanted["Keys"])


def _in_transaction(_aws: EmbeddedAws, _call: str, params: Params) -> Iterator[Request]:
    """A transaction has no action of its own: each of its items is authorised as what it is."""
    for item in params["TransactItems"]:
        for kind, stated in item.items():
            yield item_request({"Put": "dynamodb:PutItem"}[kind], stated["TableName"], stated["Item"])


def item_request(action: str, table: str, *keys: Mapping[str, Any]) -> Request:
    """A call about items, by their attributes: IAM is shown the partition of each."""
    partitions = tuple(sorted({key["cluster"]["S"] for key in keys}))
    return Request.of(action, _table(table), {"dynamodb:LeadingKeys": partitions})


def _to_queue(_aws: EmbeddedAws, _call: str, params: Params) -> Iterator[Request]:
    """A batch is authorised as SendMessage."""
    account, name = params["QueueUrl"].split("/")[-2:]
    yield Request("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{account}:{name}")


def _to_topic(aws: EmbeddedAws, _call: str, params: Params) -> Iterator[Request]:
    yield from publishing(aws.stacks["highwater"], params["TopicArn"])


def publishing(control_plane: Resources, topic_arn: str) -> Iterator[Request]:
    """A message to a topic; whoever sends one to an encrypted topic needs its key, through SNS."""
    yield Request("sns:Publish", topic_arn)
    resources = control_plane.values()
    (key_id,) = [p.get("KmsMasterKeyId") for _, p in resources if p["Arn"] == topic_arn]
    if key_id:
        keys = [p for kind, p in resources if kind == "AWS::KMS::Key"]
        (key,) = [p["Arn"] for p in keys if key_id in (p["Name"], p["Arn"])]
        for action in KEY_USE:
            yield Request.of(action, key, {"kms:ViaService": f"sns.{REGION}.amazonaws.com"})


def resource_tags(service: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The two condition keys under which a service shows each tag of the resource."""
    return {f"{of}:ResourceTag/{key}": value for key, value in tags.items() for of in ("aws", service)}


def instance_arn(instance_id: str) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance_id}"


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"


CALLS: Mapping[str, Asks] = {
    "autoscaling:DescribeAutoScalingGroups": _anywhere,
    "autoscaling:DescribeLifecycleHooks": _anywhere,
    "autoscaling:DescribeScalingActivities": _anywhere,
    "autoscaling:SetDesiredCapacity": _on_group,
    "autoscaling:TerminateInstanceInAutoScalingGroup": _on_group_of_instance,
    "autoscaling:CompleteLifecycleAction": _on_group,
    "autoscaling:SuspendProcesses": _on_group,
    "autoscaling:SetInstanceProtection": _on_group,
    "autoscaling:UpdateAutoScalingGroup": _on_group,
    "autoscaling:PutLifecycleHook": _on_group,
    "cloudwatch:GetMetricData": _anywhere,
    "dynamodb:GetItem": _on_item,
    "dynamodb:PutItem": _on_item,
    "dynamodb:Query": _on_partition,
    "dynamodb:BatchGetItem": _on_tables,
    "dynamodb:TransactWriteItems": _in_transaction,
    "ec2:DescribeInstances": _anywhere,
    "ec2:CreateTags": _on_tagged,
    "ec2:DeleteTags": _on_tagged,
    "sns:Publish": _to_topic,
    "sqs:SendMessage": _to_queue,
    "sqs:SendMessageBatch": _to_queue,
}
