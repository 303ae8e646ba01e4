"""Reads what a cluster's hosts need: network, image, instance types, and the account's quota of vCPUs."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.contract.names import IMAGE_RELEASE_TAG, IMAGE_TAG
from highwater.deploy.rules.facts import Image, InstanceType, Subnet, Vpc

AMAZON_DNS = "AmazonProvidedDNS"
DEFAULT_OPTIONS = "default"  # what a VPC without DHCP options of its own names
# Kinds of gateways of a route, by the beginning of their ids.
LOCAL, ENDPOINT, INTERNET = "local", "vpce-", "igw-"
AWS_EBS_KEY = "alias/aws/ebs"
STANDARD_VCPUS = "L-1216C47A"
# Only EC2 Auto Scaling can set this tag.
GROUP_TAG = "aws:autoscaling:groupName"
THERE = ("pending", "running", "shutting-down", "stopping", "stopped")


class Hosts:
    """EC2 in one region, read only. What does not exist is missing from the answer; it is no error."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._ec2 = session.client("ec2")

    def vpc(self, vpc_id: str) -> Vpc | None:
        """Read a VPC by its id."""
        shown = self._ec2.describe_vpcs(Filters=_filter("vpc-id", [vpc_id]))["Vpcs"]
        if not shown:
            return None
        support, hostnames = (
            self._ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
            for name in ("enableDnsSupport", "enableDnsHostnames")
        )
        resolves = support["EnableDnsSupport"]["Value"] and hostnames["EnableDnsHostnames"]["Value"]
        own_dns = self._own_dns(shown[0].get("DhcpOptionsId", DEFAULT_OPTIONS))
        endpoints = self._ec2.describe_vpc_endpoints(Filters=_filter("vpc-id", [vpc_id]))["VpcEndpoints"]
        services = frozenset(endpoint["ServiceName"].rpartition(".")[2] for endpoint in endpoints)
        return Vpc(vpc_id, resolves, own_dns, services)

    def ebs_key(self) -> str:
        """Read the customer key of volumes by default; empty for AWS's own key or an unreadable one."""
        try:
            key = str(self._ec2.get_ebs_default_kms_key_id()["KmsKeyId"])
        except ClientError:
            return ""
        return "" if key.endswith(AWS_EBS_KEY) else key

    def _own_dns(self, options: str) -> tuple[str, ...]:
        if options == DEFAULT_OPTIONS:
            return ()
        (shown,) = self._ec2.describe_dhcp_options(DhcpOptionsIds=[options])["DhcpOptions"]
        servers = [
            value["Value"]
            for one in shown["DhcpConfigurations"]
            if one["Key"] == "domain-name-servers"
            for value in one["Values"]
        ]
        return tuple(server for server in servers if server != AMAZON_DNS)

    def subnets(self, ids: Iterable[str]) -> dict[str, Subnet]:
        """Read subnets, by id."""
        answer = self._ec2.describe_subnets(Filters=_filter("subnet-id", ids))["Subnets"]
        return {
            s["SubnetId"]: Subnet(
                s["SubnetId"],
                s["VpcId"],
                s["AvailabilityZone"],
                s["AvailableIpAddressCount"],
                self._leads_out(s),
            )
            for s in answer
        }

    def _leads_out(self, subnet: Mapping[str, Any]) -> bool:
        """Tell if a route leads out of the VPC: of the subnet's own table, else of the VPC's main one."""
        own = _filter("association.subnet-id", [subnet["SubnetId"]])
        main = [*_filter("vpc-id", [subnet["VpcId"]]), *_filter("association.main", ["true"])]
        for filters in (own, main):
            if tables := self._ec2.describe_route_tables(Filters=filters)["RouteTables"]:
                routes = [route for table in tables for route in table["Routes"]]
                return any(_leads_out(route, public=subnet["MapPublicIpOnLaunch"]) for route in routes)
        return False

    def has_default_subnet(self) -> bool:
        """Tell if an instance can start without naming a subnet."""
        return bool(self._ec2.describe_subnets(Filters=_filter("default-for-az", ["true"]))["Subnets"])

    def instances_in(self, subnets: Iterable[str], groups: Iterable[str]) -> dict[str, str]:
        """Find the instances that these groups launched into these subnets: the subnet by instance."""
        filters = [
            *_filter("subnet-id", subnets),
            *_filter(f"tag:{GROUP_TAG}", groups),
            *_filter("instance-state-name", THERE),
        ]
        pages = self._ec2.get_paginator("describe_instances").paginate(Filters=filters)
        return {
            instance["InstanceId"]: instance["SubnetId"]
            for page in pages
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        }

    def image(self, image_id: str) -> Image | None:
        """Read an image that this account may start: its own, a shared or a public one."""
        answer = self._ec2.describe_images(Filters=_filter("image-id", [image_id]), IncludeDeprecated=True)
        return next((_image(image) for image in answer["Images"]), None)

    def instance_types(self, names: Iterable[str]) -> dict[str, InstanceType]:
        """Read instance types by name, each with the zones that offer it."""
        wanted = sorted(set(names))
        zones: dict[str, set[str]] = {}
        pages = self._ec2.get_paginator("describe_instance_type_offerings").paginate(
            LocationType="availability-zone", Filters=_filter("instance-type", wanted)
        )
        for page in pages:
            for offer in page["InstanceTypeOfferings"]:
                zones.setdefault(offer["InstanceType"], set()).add(offer["Location"])
        answer = self._ec2.describe_instance_types(Filters=_filter("instance-type", wanted))["InstanceTypes"]
        return {
            kind["InstanceType"]: InstanceType(
                name=kind["InstanceType"],
                architectures=frozenset(kind["ProcessorInfo"]["SupportedArchitectures"]),
                vcpus=kind["VCpuInfo"]["DefaultVCpus"],
                zones=frozenset(zones.get(kind["InstanceType"], ())),
            )
            for kind in answer
        }

    def vcpu_quota(self) -> float | None:
        """Read how many vCPUs of standard instances the account may run here; None without permission."""
        try:
            answer = self._session.client("service-quotas").get_service_quota(
                ServiceCode="ec2", QuotaCode=STANDARD_VCPUS
            )
        except (BotoCoreError, ClientError):
            return None
        return float(answer["Quota"]["Value"])


def _filter(name: str, values: Iterable[str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": list(values)}]


def _leads_out(route: Mapping[str, Any], *, public: bool) -> bool:
    """Tell if hosts can leave by a route; by an internet gateway only those with a public address can."""
    gateway = route.get("GatewayId", "")
    if route.get("State") == "blackhole" or gateway == LOCAL or gateway.startswith(ENDPOINT):
        return False
    return public or not gateway.startswith(INTERNET)


def _image(image: Mapping[str, Any]) -> Image:
    sizes = (
        disk.get("Ebs", {}).get("VolumeSize", 0)
        for disk in image.get("BlockDeviceMappings", ())
        if disk.get("DeviceName") == image.get("RootDeviceName")
    )
    tags = {tag["Key"]: tag.get("Value", "") for tag in image.get("Tags", ())}
    return Image(
        image["ImageId"],
        image["State"],
        image["Architecture"],
        next(sizes, 0),
        windows=image.get("Platform", "").lower() == "windows",
        baked=IMAGE_TAG in tags,
        release=tags.get(IMAGE_RELEASE_TAG, ""),
    )
