"""A group of RDBs in the emulated account, the words for a cluster, and an account that denies everything."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

IMAGE = "ami-1e749f67"  # one of those that the emulated EC2 has
WINDOWS = "ami-12c6146b"
IN_REGION = ["--region", "eu-west-1"]


def create_group(session: boto3.Session, name: str, size: int = 0) -> None:
    """A group of RDBs."""
    ec2 = session.client("ec2")
    ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "t3a.medium",
        },
    )
    session.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=size,
        MaxSize=9,
        LaunchTemplate={"LaunchTemplateName": name},
        VPCZoneIdentifier=ec2.describe_subnets()["Subnets"][0]["SubnetId"],
        Tags=[
            {"Key": "highwater:role", "Value": "rdb", "PropagateAtLaunch": True},
            {"Key": "highwater:cluster", "Value": "trades", "PropagateAtLaunch": True},
        ],
    )


def cluster_words(session: boto3.Session) -> list[str]:
    subnets = session.client("ec2").describe_subnets()["Subnets"][:3]
    ids = ",".join(subnet["SubnetId"] for subnet in subnets)
    words = ["cluster", "trades", "--vpc", subnets[0]["VpcId"], "--subnets", ids]
    return [*words, "--image", IMAGE, "--volume-gib", "100", *IN_REGION]


def stacks_of(session: boto3.Session) -> list[str]:
    return [stack["StackName"] for stack in session.client("cloudformation").describe_stacks()["Stacks"]]


def deployed(session: boto3.Session, stack: str, cluster: str, number: str, follows: str) -> None:
    """A stack of that release, with nothing in it but the ledgers' table, and an export of its own."""
    template = f"""
Parameters: {{Cluster: {{Type: String}}}}
Resources:
  LedgerTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {stack}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {{AttributeName: cluster, AttributeType: S}}
        - {{AttributeName: item, AttributeType: S}}
      KeySchema: [{{AttributeName: cluster, KeyType: HASH}}, {{AttributeName: item, KeyType: RANGE}}]
Outputs:
  HighwaterVersion: {{Value: '{number}', Export: {{Name: {stack}-version}}}}
  HighwaterFollows: {{Value: '{follows}'}}"""
    parameters = [{"ParameterKey": "Cluster", "ParameterValue": cluster}]
    session.client("cloudformation").create_stack(
        StackName=stack, TemplateBody=template, Parameters=parameters
    )


class DeniedSession:
    """A session, and each of its clients, to which AWS answers with one error."""

    region_name = "eu-west-1"

    def __init__(self, code: str, status: int = 403) -> None:
        self._answer: Any = {
            "Error": {"Code": code, "Message": ""},
            "ResponseMetadata": {"HTTPStatusCode": status},
        }

    def get_available_regions(self, _: str) -> list[str]:
        return [self.region_name]

    def client(self, _: str) -> "DeniedSession":
        return self

    def get_caller_identity(self) -> None:
        raise ClientError(self._answer, "GetCallerIdentity")

    def head_bucket(self, Bucket: str, ExpectedBucketOwner: str) -> None:  # noqa: N803 - boto3's spelling
        assert ExpectedBucketOwner == "123456789012"
        raise ClientError(self._answer, f"HeadBucket {Bucket}")
