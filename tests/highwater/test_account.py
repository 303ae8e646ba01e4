"""The facts are read from the account as it is. The emulated account permits more than AWS does."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.ec2.responses import EC2Response

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of, error_sentence, reading, supported_regions
from highwater.deploy.aws.hosts import Hosts
from highwater.deploy.rules.facts import Caller
from highwater.deploy.rules.templates import GROUP, NAME_PROPERTY, Name
from highwater.terminal import Refused

IMAGE = "ami-1e749f67"  # one of those that the emulated EC2 has
WINDOWS = "ami-12c6146b"
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def test_the_caller_is_the_account_behind_the_credentials(session: boto3.Session) -> None:
    caller = caller_of(session)
    assert (caller.account, caller.region, caller.partition) == ("123456789012", "eu-west-1", "aws")


def test_without_credentials_the_operator_is_told_to_log_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match=r"No credentials that can be used .* log in \(`aws configure`"):
        caller_of(boto3.Session(region_name="eu-west-1"))


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_credentials_that_aws_does_not_accept_are_to_be_renewed(code: str) -> None:
    with pytest.raises(
        Refused, match=rf"does not accept these credentials in eu-west-1 \({code}\): renew them"
    ):
        caller_of(DeniedSession(code))


def test_a_region_without_a_service_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(Refused, match=r"--region us-gov-west-1: is not supported, use one of .*eu-west-1"):
        caller_of(boto3.Session(region_name="us-gov-west-1"))


def test_every_region_that_is_supported_is_a_commercial_one() -> None:
    regions = supported_regions(boto3.Session())
    assert {"us-east-1", "eu-west-1", "ap-northeast-1"} <= regions
    assert not [region for region in regions if region.startswith(("cn-", "us-gov-", "us-iso"))]


def test_an_error_while_the_account_is_only_read_is_a_refusal() -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "not you"}}
    with (
        pytest.raises(Refused, match=r"answered DescribeSubnets with AccessDenied \(not you\)"),
        reading(),
    ):
        raise ClientError(answer, "DescribeSubnets")


def test_credentials_that_expire_meanwhile_are_to_be_renewed() -> None:
    answer: Any = {"Error": {"Code": "ExpiredToken", "Message": "expired"}}
    with (
        pytest.raises(Refused, match=r"any more \(ExpiredToken\): renew them, then run this again"),
        reading(),
    ):
        raise ClientError(answer, "DescribeSubnets")


def test_aws_that_cannot_be_reached_is_said_so() -> None:
    with pytest.raises(Refused, match=r"cannot be reached .*: fix the network or the proxy"), reading():
        raise EndpointConnectionError(endpoint_url="https://ec2.eu-west-1.amazonaws.com")


def test_an_instance_is_found_in_its_subnet_by_the_group_that_launched_it(session: boto3.Session) -> None:
    create_group(session, "highwater-trades-rdb", size=1)
    first, second = (s["SubnetId"] for s in session.client("ec2").describe_subnets()["Subnets"][:2])
    hosts = Hosts(session)
    assert list(hosts.instances_in([first, second], ["highwater-trades-rdb"]).values()) == [first]
    assert hosts.instances_in([second], ["highwater-trades-rdb"]) == {}
    assert hosts.instances_in([first], ["highwater-bonds-rdb"]) == {}


def test_a_region_without_default_subnets_is_known(session: boto3.Session) -> None:
    hosts, ec2 = Hosts(session), session.client("ec2")
    assert hosts.has_default_subnet()
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    assert not hosts.has_default_subnet()


def test_every_kind_of_name_that_is_taken_is_found(session: boto3.Session, account: Account) -> None:
    session.client("sqs").create_queue(QueueName="taken")
    session.client("sns").create_topic(Name="taken")
    session.client("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=TRUST)
    session.client("logs").create_log_group(logGroupName="taken")
    session.client("logs").create_log_group(logGroupName="free-not")
    kms = session.client("kms")
    kms.create_alias(AliasName="alias/taken", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="taken",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Maximum",
        Threshold=1,
    )
    create_group(session, "taken")
    kinds = {
        "AWS::SQS::Queue": "",
        "AWS::SNS::Topic": "",
        "AWS::IAM::Role": "",
        "AWS::Logs::LogGroup": "",
        "AWS::KMS::Alias": "alias/",
        "AWS::CloudWatch::Alarm": "",
        GROUP: "",
    }
    assert kinds.keys() == NAME_PROPERTY.keys(), "each type whose name is fixed is looked up"
    taken = [Name(kind, f"{prefix}taken") for kind, prefix in kinds.items()]
    free = [Name(kind, f"{prefix}free") for kind, prefix in kinds.items()]
    assert account.taken([*free, *taken]) == tuple(taken)


def test_a_group_is_read_with_its_instances_sizes_and_tags(session: boto3.Session, account: Account) -> None:
    create_group(session, "highwater-trades-rdb", size=2)
    group = account.group("highwater-trades-rdb")
    assert group is not None
    assert (group.min_size, group.max_size, group.desired, len(group.instances)) == (2, 9, 2, 2)
    assert {state for _, state in group.instances} == {"InService"}
    assert group.tags["highwater:role"] == "rdb"
    assert account.rdb_groups() == (group,)
    assert account.group("highwater-bonds-rdb") is None


@pytest.mark.parametrize(("status", "bucket"), [(404, "free"), (403, "not ours"), (301, "elsewhere")])
def test_a_bucket_that_may_not_be_used_is_known_by_aws_answer(
    caller: Caller, status: int, bucket: str
) -> None:
    assert Account(DeniedSession("", status), caller).bucket("highwater-code") == bucket


def test_a_bucket_of_this_account_and_region_is_ours(session: boto3.Session, caller: Caller) -> None:
    session.client("s3").create_bucket(
        Bucket="highwater-code", CreateBucketConfiguration={"LocationConstraint": caller.region}
    )
    assert Account(session, caller).bucket("highwater-code") == "ours"
    assert Account(session, caller._replace(region="us-east-1")).bucket("highwater-code") == "elsewhere"


def test_a_role_for_api_logs_counts_only_while_it_exists(session: boto3.Session, account: Account) -> None:
    assert not account.api_logs_role_exists()
    role = session.client("iam").create_role(RoleName="api-logs", AssumeRolePolicyDocument=TRUST)["Role"][
        "Arn"
    ]
    session.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )
    assert account.api_logs_role_exists()
    session.client("iam").delete_role(RoleName="api-logs")
    assert not account.api_logs_role_exists()


def test_what_hosts_need_is_read_and_what_is_unknown_is_absent(session: boto3.Session) -> None:
    ec2, hosts = session.client("ec2"), Hosts(session)
    subnet = ec2.describe_subnets()["Subnets"][0]
    assert hosts.subnets([subnet["SubnetId"], "subnet-0"]) == {
        subnet["SubnetId"]: (
            subnet["SubnetId"],
            subnet["VpcId"],
            subnet["AvailabilityZone"],
            subnet["AvailableIpAddressCount"],
            False,
        )
    }
    vpc = hosts.vpc(subnet["VpcId"])
    assert vpc is not None
    assert vpc.resolves_names
    assert hosts.vpc("vpc-0") is None
    assert vpc.own_dns == ()
    servers = {"Key": "domain-name-servers", "Values": ["AmazonProvidedDNS", "10.0.0.2"]}
    options = ec2.create_dhcp_options(DhcpConfigurations=[servers])["DhcpOptions"]["DhcpOptionsId"]
    ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=subnet["VpcId"])
    assert hosts.vpc(subnet["VpcId"]) == (subnet["VpcId"], True, ("10.0.0.2",), frozenset())
    service = "com.amazonaws.eu-west-1.sns"
    ec2.create_vpc_endpoint(VpcId=subnet["VpcId"], ServiceName=service, VpcEndpointType="Interface")
    assert hosts.vpc(subnet["VpcId"]) == (subnet["VpcId"], True, ("10.0.0.2",), frozenset({"sns"}))
    (image,) = ec2.describe_images(ImageIds=[IMAGE])["Images"]
    size = image["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"]
    assert hosts.image(IMAGE) == (IMAGE, "available", "x86_64", size, False, False)
    ec2.create_tags(Resources=[IMAGE], Tags=[{"Key": "highwater:image", "Value": "1.0.0"}])
    assert hosts.image(IMAGE) == (IMAGE, "available", "x86_64", size, False, True)
    windows = hosts.image(WINDOWS)
    assert windows is not None
    assert windows.windows
    assert hosts.image("ami-0") is None
    kinds = hosts.instance_types(["t3a.medium", "t9.medium"])
    assert set(kinds) == {"t3a.medium"}
    assert (kinds["t3a.medium"].vcpus, kinds["t3a.medium"].architectures) == (2, frozenset({"x86_64"}))
    assert subnet["AvailabilityZone"] in kinds["t3a.medium"].zones


def test_a_way_out_is_a_route_that_hosts_of_the_subnet_can_use(session: boto3.Session) -> None:
    ec2, hosts = session.client("ec2"), Hosts(session)
    public, private = ec2.describe_subnets()["Subnets"][:2]
    ids = [public["SubnetId"], private["SubnetId"]]
    ec2.modify_subnet_attribute(SubnetId=ids[0], MapPublicIpOnLaunch={"Value": True})
    ec2.modify_subnet_attribute(SubnetId=ids[1], MapPublicIpOnLaunch={"Value": False})

    def leads_out() -> list[bool]:
        return [hosts.subnets(ids)[one].leads_out for one in ids]

    assert leads_out() == [False, False]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=public["VpcId"])
    (main_table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [public["VpcId"]]}])[
        "RouteTables"
    ]
    ec2.create_route(
        RouteTableId=main_table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    assert leads_out() == [True, False]
    own = ec2.create_route_table(VpcId=public["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=own, SubnetId=ids[1])
    assert leads_out() == [True, False]
    allocation = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=ids[0], AllocationId=allocation)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=own, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    assert leads_out() == [True, True]


@pytest.mark.parametrize(
    ("message", "todo"),
    [
        ("not you", "allow it in your own policy (docs/deploy.md, Permissions)"),
        (
            "not authorized to perform: x with an explicit deny in a service control policy",
            "ask who administers the account for an exception from that service control policy",
        ),
    ],
)
def test_a_denial_says_who_can_lift_it(message: str, todo: str) -> None:
    answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": message}}
    sentence = error_sentence(ClientError(answer, "CreateFunction"))
    assert sentence == (
        f"AWS answered CreateFunction with AccessDeniedException ({message}): {todo}, then run this again."
    )


def test_the_functions_that_may_run_at_a_time_are_read_where_that_is_allowed(
    session: boto3.Session, account: Account
) -> None:
    assert account.concurrency() is None
    limits = {"AccountLimit": {"ConcurrentExecutions": 20, "UnreservedConcurrentExecutions": 10}}
    answer = (AWSResponse("", 200, {}, None), limits)
    session.events.register("before-call.lambda.GetAccountSettings", lambda **_: answer)
    assert account.concurrency() == 10


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


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("arn:aws:kms:eu-west-1:123456789012:key/1234", "arn:aws:kms:eu-west-1:123456789012:key/1234"),
        ("alias/aws/ebs", ""),
        ("arn:aws:kms:eu-west-1:123456789012:alias/aws/ebs", ""),
    ],
)
def test_a_customer_key_for_volumes_is_told_from_awss_own(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch, key: str, read: str
) -> None:
    answer = f"<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>{key}</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"
    monkeypatch.setattr(EC2Response, "get_ebs_default_kms_key_id", lambda _: answer)
    assert Hosts(session).ebs_key() == read
