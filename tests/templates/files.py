"""The file system of a cluster's logs: kept, reachable from each subnet, and opened to its hosts alone."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.contract.names import Role
from tests.policies.evaluator import Request, Statement, allowed, statements_of_resource
from tests.templates.access import role_policy
from tests.templates.hosts import TEMPLATE, groups_of
from tests.templates.stack import Stack
from tests.templates.trust import ACCESS_POINT, FILE_SYSTEM, MOUNT, ROOT, WRITE, hosts_of
from tests.templates.walls import GROUP
from tests.templates.world import World, check
from twin.aws.cloudformation import ACCOUNT

MOUNT_TARGET = "AWS::EFS::MountTarget"
STRANGER = f"arn:aws:iam::{ACCOUNT}:role/stranger"
TLS = "aws:SecureTransport"
BY_TARGET = "elasticfilesystem:AccessedViaMountTarget"
BY_POINT = "elasticfilesystem:AccessPointArn"


@check
def stored(world: World) -> Iterator[str]:
    """The logs are encrypted, fast when they must be, backed up, and stay when the stack goes."""
    for files, properties in world.cluster.of_type(FILE_SYSTEM).items():
        if properties.get("Encrypted") is not True:
            yield f"{files}: is not encrypted"
        if properties.get("ThroughputMode") != "elastic":
            yield f"{files}: its throughput is not elastic"
        if properties.get("BackupPolicy", {}).get("Status") != "ENABLED":
            yield f"{files}: is not backed up"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if not str(world.cluster.resources[files].body.get(policy)).startswith("Retain"):
                yield f"{files}: {policy} is not Retain"


@check
def mounted(world: World) -> Iterator[str]:
    """Each subnet of each group has one mount target, and there is an access point with a user of its own."""
    stack = world.cluster
    for files in stack.of_type(FILE_SYSTEM):
        targets = [t for t in stack.of_type(MOUNT_TARGET).values() if t["FileSystemId"] == stack.ref(files)]
        subnets = sorted(target["SubnetId"] for target in targets)
        for group, properties in stack.of_type(GROUP).items():
            if sorted(properties["VPCZoneIdentifier"]) != subnets:
                yield f"{group}: is in {properties['VPCZoneIdentifier']}, {files} in {subnets}"
        users = [point.get("PosixUser", {}).get("Uid", "0") for point in _points(stack, files).values()]
        if not users or "0" in users:
            yield f"{files}: is mounted without an access point, or as root"


@check
def waited_for(world: World) -> Iterator[str]:
    """No group launches before its hosts can mount and reach each other: it depends on what they need.

    `DependsOn` on a resource with a condition is refused, so a reference counts as well.
    """
    stack = world.cluster
    rules = stack.of_type("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    for group, properties in stack.of_type(GROUP).items():
        template = stack.find(TEMPLATE, properties["LaunchTemplate"]["LaunchTemplateId"]) or ""
        own = {stack.ref(one) for one in groups_of(stack, template)}
        needed = [
            *stack.of_type(MOUNT_TARGET),
            *(one for one, rule in rules.items() if rule["GroupId"] in own),
        ]
        body = stack.resources[group].body
        referred = json.dumps(body.get("Metadata", {}))
        for one in needed:
            if one not in body.get("DependsOn", []) and stack.ref(one) not in referred:
                yield f"{group}: may launch before {one}"


@check
def guarded(world: World) -> Iterator[str]:
    """Encrypted, through mount targets and an access point, never as root, and by the hosts' roles alone."""
    stack = world.cluster
    for files, properties in stack.of_type(FILE_SYSTEM).items():
        if "FileSystemPolicy" not in properties:
            yield f"{files}: without a policy of its own anyone in the network may mount it"
            continue
        for point in _points(stack, files):
            properly = {TLS: "true", BY_TARGET: "true", BY_POINT: stack.arn(point)}
            for role in sorted({host.role for host in hosts_of(world)}):
                yield from _as_host(stack, files, role, properly)
            for stranger in (STRANGER, "anonymous"):
                if _may(stack, files, None, Request.of(MOUNT, stack.arn(files), properly, stranger)):
                    yield f"{files}: {stranger} may mount it"


def _as_host(stack: Stack, files: str, role: str, properly: Mapping[str, str]) -> Iterator[str]:
    known = {**properly, "aws:PrincipalArn": stack.arn(role)}
    if _may(stack, files, role, Request.of(ROOT, stack.arn(files), known, stack.arn(role))):
        yield f"{role}: may be root on {files}"
    wrongly = {
        "unencrypted": {**known, TLS: "false"},
        "past its mount targets": {**known, BY_TARGET: "false"},
        "past its access points": {key: value for key, value in known.items() if key != BY_POINT},
    }
    for how, context in wrongly.items():
        for action in (MOUNT, WRITE):
            request = Request.of(action, stack.arn(files), context, stack.arn(role))
            if not any(denial.applies(request) for denial in _denials(stack, files)):
                yield f"{files}: {role} may mount it {how}, if its own policy lets it"


@check
def kept_from_writing(world: World) -> Iterator[str]:
    """An RDB's role writes nothing, whatever is attached to it later: the file system's policy denies it."""
    stack = world.cluster
    for host in hosts_of(world):
        for mount in host.mounts:
            files = stack.find(FILE_SYSTEM, stack.resources[mount.point].properties["FileSystemId"]) or ""
            known = {BY_POINT: stack.arn(mount.point), "aws:PrincipalArn": stack.arn(host.role)}
            denials = _denials(stack, files)
            for action in (WRITE, ROOT):
                request = Request.of(action, stack.arn(files), known, stack.arn(host.role))
                if host.kind == Role.RDB and not any(denial.applies(request) for denial in denials):
                    yield f"{files}: does not deny {action} to {host.role}"


def _may(stack: Stack, files: str, role: str | None, request: Request) -> bool:
    own = role_policy(stack, role) if role else ()
    policy = statements_of_resource(stack.resources[files].properties["FileSystemPolicy"])
    return allowed([*policy, *own], request)


def _denials(stack: Stack, files: str) -> list[Statement]:
    policy = stack.resources[files].properties["FileSystemPolicy"]
    return [statement for statement in statements_of_resource(policy) if not statement.allows]


def _points(stack: Stack, files: str) -> dict[str, Mapping[str, Any]]:
    points = stack.of_type(ACCESS_POINT)
    return {i: point for i, point in points.items() if point["FileSystemId"] == stack.ref(files)}
