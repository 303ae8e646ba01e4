"""The facts about hosts are read as they are: subnets, ways out, images, instance types, volume keys."""

import boto3
import pytest
from moto.ec2.responses import EC2Response

from highwater.deploy.aws.hosts import Hosts
from tests.highwater.account_scene import IMAGE, WINDOWS, create_group


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
    assert hosts.image(IMAGE) == (IMAGE, "available", "x86_64", size, False, False, "")
    tags = {"highwater:image": "1.0.0", "highwater:release": "0.3.0"}
    ec2.create_tags(Resources=[IMAGE], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    assert hosts.image(IMAGE) == (IMAGE, "available", "x86_64", size, False, True, "0.3.0")
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
