"""`image` and `rehearse` as the operator calls them, on an emulated account."""

import json
from hashlib import sha256
from pathlib import Path

import boto3
import pytest

from chalicelib.contract.release import FOLLOWS, RELEASE
from highwater.__main__ import main
from highwater.deploy.aws.stacks import Stacks
from highwater.deploy.packaging import template_files, wheelhouse
from tests.highwater.account_scene import IMAGE, IN_REGION, WINDOWS, deployed, stacks_of

IMAGE_TEMPLATE = """
Parameters:
  ParentImage: {Type: String}
  InstanceType: {Type: String, Default: ''}
  Version: {Type: String, Default: 1.0.0}
  Subnet: {Type: String, Default: ''}
  Vpc: {Type: String, Default: ''}
  ReporterBucket: {Type: String}
  ReporterKey: {Type: String}
Resources:
  Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref Version}}
"""


@pytest.fixture
def plain_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A template that the emulated CloudFormation knows, and a wheelhouse that is there already.

    The emulated change sets make no outputs.
    """
    monkeypatch.setattr(Stacks, "outputs", lambda *_: {"ImageId": "ami-built"})
    (tmp_path / "image.yaml").write_text(IMAGE_TEMPLATE)
    monkeypatch.setattr(template_files, "IMAGE_TEMPLATE", tmp_path / "image.yaml")
    built = tmp_path / "highwater_rdb-1.2.3.tar"
    built.write_bytes(b"reporter")
    monkeypatch.setattr(wheelhouse, "build", lambda: wheelhouse.Built(tmp_path, built))
    return built


def image_parameters(session: boto3.Session) -> dict[str, str]:
    (stack,) = session.client("cloudformation").describe_stacks(StackName="highwater-image")["Stacks"]
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}


def test_an_image_is_built_with_the_reporter_of_this_version(
    session: boto3.Session, plain_image: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "--parent", IMAGE, "--json", *IN_REGION]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("Account 123456789012, region eu-west-1, as ")
    assert json.loads(shown.out)["ImageId"] == "ami-built"
    asked = image_parameters(session)
    assert asked["ReporterKey"] == f"{sha256(b'reporter').hexdigest()}/{plain_image.name}"
    stored = session.client("s3").get_object(Bucket=asked["ReporterBucket"], Key=asked["ReporterKey"])
    assert stored["Body"].read() == b"reporter"
    plain_image.write_bytes(b"a newer reporter")
    assert main(["image", *IN_REGION]) == 0
    assert (asked["Version"], image_parameters(session)["Version"]) == ("1.0.0", "1.0.1")


@pytest.mark.usefixtures("plain_image")
def test_an_image_that_is_only_tried_out_is_not_built(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "--parent", IMAGE, "--dry-run", *IN_REGION]) == 0
    assert capsys.readouterr().out == "changes: Add Topic (AWS::SNS::Topic)\n"
    assert stacks_of(session) == []


@pytest.mark.usefixtures("plain_image")
def test_an_image_that_is_newer_than_the_control_plane_is_built_with_a_warning(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(session, "highwater", "", FOLLOWS, "")
    assert main(["image", "--parent", IMAGE, "--dry-run", *IN_REGION]) == 0
    said = f"Warning: The reporter in this image is of {RELEASE}, and the control plane of {FOLLOWS}: bring"
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("plain_image")
def test_an_image_is_not_built_from_windows_or_without_a_network(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "--parent", WINDOWS, *IN_REGION]) == 2
    assert "is for Windows" in capsys.readouterr().err
    ec2 = session.client("ec2")
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    assert main(["image", "--parent", IMAGE, *IN_REGION]) == 2
    assert "There is no default VPC in eu-west-1" in capsys.readouterr().err
    assert session.client("s3").list_buckets()["Buckets"] == []


def test_a_rehearsal_with_a_subnet_or_an_image_that_is_unknown_makes_nothing(
    session: boto3.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    ec2 = session.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    arm = next(i["ImageId"] for i in ec2.describe_images()["Images"] if i["Architecture"] == "arm64")
    for words, said in (
        (["subnet-12345678", IMAGE], "SUBNET subnet-12345678: there is no such subnet"),
        ([subnet, "ami-12345678"], "IMAGE ami-12345678: there is no such image"),
        ([subnet, arm], f"IMAGE {arm}: is for arm64"),
    ):
        assert main(["rehearse", *words, *IN_REGION]) == 2
        assert said in capsys.readouterr().err
    assert ec2.describe_launch_templates()["LaunchTemplates"] == []


@pytest.mark.usefixtures("plain_image")
@pytest.mark.parametrize(("machine", "kind"), [("x86_64", "t3.medium"), ("arm64", "t4g.medium")])
def test_an_image_is_built_on_a_type_that_runs_its_parent(
    session: boto3.Session, machine: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOTO_AMIS_PATH")  # of its 44 images none is for Linux on ARM
    images = session.client("ec2").describe_images()["Images"]
    parent = next(i["ImageId"] for i in images if i["Architecture"] == machine and i.get("Platform") is None)
    assert main(["image", "--parent", parent, *IN_REGION]) == 0
    assert image_parameters(session)["InstanceType"] == kind


@pytest.mark.usefixtures("plain_image")
def test_a_builder_in_a_subnet_gets_a_security_group_in_its_vpc(session: boto3.Session) -> None:
    ec2 = session.client("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=subnet["VpcId"])
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])[
        "RouteTables"
    ]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert main(["image", "--parent", IMAGE, "--subnet", subnet["SubnetId"], *IN_REGION]) == 0
    assert image_parameters(session)["Vpc"] == subnet["VpcId"]


def test_image_builder_gets_a_security_group_whenever_it_gets_a_subnet() -> None:
    template = template_files.read_template(template_files.IMAGE_TEMPLATE)
    infrastructure = template["Resources"]["Infrastructure"]["Properties"]
    no_value = {"Ref": "AWS::NoValue"}
    assert infrastructure["SubnetId"] == {"Fn::If": ["HasSubnet", {"Ref": "Subnet"}, no_value]}
    assert infrastructure["SecurityGroupIds"] == {
        "Fn::If": ["HasVpc", [{"Ref": "BuilderSecurityGroup"}], no_value]
    }
