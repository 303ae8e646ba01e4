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


class Rule(NamedTuple):
    """A rule of a security group: `group` and `other` are logical ids, `other` is None for any address."""

    logical_id: str
    group: str | None
    other: str | None
    protocol: str
    ports: range

    def covers(self, ports: range) -> bool:
        return self.protocol == "-1" or (ports.start in self.ports and ports[-1] in self.ports)


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
    """Nothing comes in but from the cluster's hosts: kdb+ to each other, NFS to the logs, no SSH."""
    stack = world.cluster
    hosts, files = _hosts(stack), _files(stack)
    for rule in rules(stack, "Ingress"):
        if rule.other not in hosts:
            yield f"{rule.logical_id}: lets in what is no host of the cluster"
        if rule.covers(range(SSH, SSH + 1)):
            yield f"{rule.logical_id}: lets SSH in"
        if rule.group in files and rule.ports != range(NFS, NFS + 1):
            yield f"{rule.logical_id}: lets more than NFS in to {rule.group}"


@check
def connected(world: World) -> Iterator[str]:
    """Hosts reach each other and the logs: what one side lets in the other lets out."""
    stack = world.cluster
    into, out = list(rules(stack, "Ingress")), list(rules(stack, "Egress"))
    for host in _hosts(stack):
        for group in sorted(_files(stack) | {host}):
            if not any(rule.group == group and rule.other == host for rule in into):
                yield f"{group}: lets nothing in from {host}"
    for rule in into:
        limits = [one for one in out if one.group == rule.other]
        if limits and not any(one.other in (rule.group, None) and one.covers(rule.ports) for one in limits):
            yield f"{rule.logical_id}: {rule.other} does not let out what it lets in"


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
        ports = range(int(rule.get("FromPort", 0)), int(rule.get("ToPort", 65535)) + 1)
        yield Rule(logical_id, group, other, str(rule["IpProtocol"]), ports)


def _hosts(stack: Stack) -> set[str]:
    stated = [group for data in launched_from(stack).values() for group in data.get("SecurityGroupIds", [])]
    return {group for one in stated if (group := stack.find(SECURITY_GROUP, one))}


def _files(stack: Stack) -> set[str]:
    targets = stack.of_type("AWS::EFS::MountTarget").values()
    stated = [group for target in targets for group in target["SecurityGroups"]]
    return {group for one in stated if (group := stack.find(SECURITY_GROUP, one))}
