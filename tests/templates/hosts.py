"""The hosts of a cluster: their launch templates, and who reaches them over the network."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests.templates.stack import Stack
from tests.templates.walls import rdb_groups
from tests.templates.world import World, check

TEMPLATE = "AWS::EC2::LaunchTemplate"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
METADATA = {"HttpEndpoint": "enabled", "HttpTokens": "required", "InstanceMetadataTags": "enabled"}
NFS = 2049
SSH = 22
NOBODY = "127.0.0.1/32"  # an address that leads to no other host


class Rule(NamedTuple):
    """A rule of a security group: `group` and `other` are logical ids, `other` is None for any address."""

    logical_id: str
    group: str | None
    other: str | None
    ports: range


def launched_from(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """The data of each launch template by logical id."""
    return {i: properties["LaunchTemplateData"] for i, properties in stack.of_type(TEMPLATE).items()}


@check
def hardened(world: World) -> Iterator[str]:
    """Hosts ask for a token before they give credentials, know their tags and encrypt their disks."""
    for template, data in launched_from(world.cluster).items():
        options = data.get("MetadataOptions", {})
        for option, wanted in METADATA.items():
            if options.get(option) != wanted:
                yield f"{template}: {option} is not {wanted}"
        volumes = [mapping["Ebs"] for mapping in data.get("BlockDeviceMappings", []) if "Ebs" in mapping]
        if not volumes:
            yield f"{template}: leaves its volume to the image"
        for volume in volumes:
            if not volume.get("Encrypted"):
                yield f"{template}: a volume is not encrypted"
            if volume.get("VolumeType") != "gp3":
                yield f"{template}: a volume is not gp3"


@check
def console_proof(world: World) -> Iterator[str]:
    """Neither the console nor the command line ends or stops an RDB."""
    for group, properties in rdb_groups(world.cluster).items():
        template = world.cluster.find(TEMPLATE, properties["LaunchTemplate"]["LaunchTemplateId"])
        data = launched_from(world.cluster)[template] if template else {}
        for flag in ("DisableApiTermination", "DisableApiStop"):
            if data.get(flag) is not True:
                yield f"{template or group}: {flag} is not set"


@check
def closed(world: World) -> Iterator[str]:
    """Nothing comes in but from a group of the stack, NFS alone to the files, no SSH."""
    stack = world.cluster
    files = groups_of_files(stack)
    for rule in rules(stack, "Ingress"):
        if rule.other is None:
            yield f"{rule.logical_id}: lets in what is in no group of the stack"
        if SSH in rule.ports:
            yield f"{rule.logical_id}: lets SSH in"
        if rule.group in files and rule.ports != range(NFS, NFS + 1):
            yield f"{rule.logical_id}: lets more than NFS in to {rule.group}"


def rules(stack: Stack, direction: str) -> Iterator[Rule]:
    """Every rule, within its security group or apart, for Ingress or Egress."""
    end = "Source" if direction == "Ingress" else "Destination"
    stated = [
        (group, group, rule)
        for group, properties in stack.of_type(SECURITY_GROUP).items()
        for rule in properties.get(f"{SECURITY_GROUP.rpartition('::')[2]}{direction}", [])
    ]
    for logical_id, rule in stack.of_type(f"{SECURITY_GROUP}{direction}").items():
        stated.append((logical_id, stack.find(SECURITY_GROUP, rule["GroupId"]) or "", rule))
    for logical_id, group, rule in stated:
        other = stack.find(SECURITY_GROUP, rule.get(f"{end}SecurityGroupId"))
        if rule.get("CidrIp") == NOBODY:
            continue
        protocol = str(rule["IpProtocol"])
        # AWS ignores the ports of a rule for every protocol.
        stated_ports = {} if protocol == "-1" else rule
        ports = range(int(stated_ports.get("FromPort", 0)), int(stated_ports.get("ToPort", 65535)) + 1)
        yield Rule(logical_id, group, other, ports)


def groups_of(stack: Stack, template: str) -> set[str]:
    """The security groups of what is launched from a template."""
    stated = launched_from(stack)[template].get("SecurityGroupIds", [])
    return {group for one in stated if (group := stack.find(SECURITY_GROUP, one))}


def groups_of_files(stack: Stack) -> set[str]:
    """The security groups of the mount targets."""
    targets = stack.of_type("AWS::EFS::MountTarget").values()
    stated = [group for target in targets for group in target["SecurityGroups"]]
    return {group for one in stated if (group := stack.find(SECURITY_GROUP, one))}
