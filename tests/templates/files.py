"""The file system of a cluster's logs: kept, reachable from each subnet, and opened to its hosts alone."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.policies.evaluator import Request, allowed, statements_of_resource
from tests.templates.access import role_policy
from tests.templates.hosts import launched_from
from tests.templates.stack import Stack
from tests.templates.walls import GROUP
from tests.templates.world import World, check
from twin.aws.cloudformation import ACCOUNT

FILE_SYSTEM = "AWS::EFS::FileSystem"
ACCESS_POINT = "AWS::EFS::AccessPoint"
MOUNT_TARGET = "AWS::EFS::MountTarget"
MOUNT, WRITE, ROOT = (f"elasticfilesystem:Client{what}" for what in ("Mount", "Write", "RootAccess"))
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
    needed = stack.of_type(MOUNT_TARGET, "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    for group in stack.of_type(GROUP):
        body = stack.resources[group].body
        referred = json.dumps(body.get("Metadata", {}))
        for one in needed:
            if one not in body.get("DependsOn", []) and stack.ref(one) not in referred:
                yield f"{group}: may launch before {one}"


@check
def guarded(world: World) -> Iterator[str]:
    """The hosts' roles may mount and write, no other way than this, and nobody else may.

    Encrypted, through mount targets and the access point.
    """
    stack = world.cluster
    for files, properties in stack.of_type(FILE_SYSTEM).items():
        if "FileSystemPolicy" not in properties:
            yield f"{files}: without a policy of its own anyone in the network may mount it"
            continue
        for point in _points(stack, files):
            properly = {TLS: "true", BY_TARGET: "true", BY_POINT: stack.arn(point)}
            for role in sorted(_host_roles(stack)):
                yield from _as_host(stack, files, role, properly)
            for stranger in (STRANGER, "anonymous"):
                if _may(stack, files, None, Request.of(MOUNT, stack.arn(files), properly, stranger)):
                    yield f"{files}: {stranger} may mount it"


def _as_host(stack: Stack, files: str, role: str, properly: Mapping[str, str]) -> Iterator[str]:
    principal = stack.arn(role)

    def may(action: str, context: Mapping[str, str]) -> bool:
        known = {**context, "aws:PrincipalArn": principal}
        return _may(stack, files, role, Request.of(action, stack.arn(files), known, principal))

    for action in (MOUNT, WRITE):
        if not may(action, properly):
            yield f"{role}: may not {action} {files}"
    if may(ROOT, properly):
        yield f"{role}: may be root on {files}"
    wrongly = {
        "unencrypted": {**properly, TLS: "false"},
        "past its mount targets": {**properly, BY_TARGET: "false"},
        "past its access point": {key: value for key, value in properly.items() if key != BY_POINT},
    }
    for how, context in wrongly.items():
        if may(MOUNT, context) or may(WRITE, context):
            yield f"{files}: {role} may mount it {how}"


def _may(stack: Stack, files: str, role: str | None, request: Request) -> bool:
    own = role_policy(stack, role) if role else ()
    policy = statements_of_resource(stack.resources[files].properties["FileSystemPolicy"])
    return allowed([*policy, *own], request)


def _points(stack: Stack, files: str) -> dict[str, Mapping[str, Any]]:
    points = stack.of_type(ACCESS_POINT)
    return {i: point for i, point in points.items() if point["FileSystemId"] == stack.ref(files)}


def _host_roles(stack: Stack) -> set[str]:
    profiles = stack.of_type("AWS::IAM::InstanceProfile")
    used = {data["IamInstanceProfile"]["Arn"] for data in launched_from(stack).values()}
    names = {name for i, profile in profiles.items() if stack.arn(i) in used for name in profile["Roles"]}
    return {role for name in names if (role := stack.find("AWS::IAM::Role", name))}
