"""The cluster as a graph: who reaches, writes and starts what, so that no host runs code in another's q."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.contract.names import ROLE_TAG, ROLES, Role
from tests.policies.evaluator import Request, allowed, statements_of, statements_of_resource
from tests.templates.access import resource_policy, role_may, role_policy
from tests.templates.hosts import (
    NFS,
    TEMPLATE,
    groups_of,
    groups_of_files,
    launched_from,
    rules,
)
from tests.templates.stack import Stack
from tests.templates.walls import GROUP
from tests.templates.world import World, check

FILE_SYSTEM = "AWS::EFS::FileSystem"
ACCESS_POINT = "AWS::EFS::AccessPoint"
ROLE = "AWS::IAM::Role"
SECRET, READ_SECRET = "AWS::SecretsManager::Secret", "secretsmanager:GetSecretValue"
TOPIC, PUBLISH = "AWS::SNS::Topic", "sns:Publish"
# As broad a policy as any role could have.
(ANYTHING,) = statements_of(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": PUBLISH, "Resource": "*"}]}
)
IMAGE = "/opt/highwater/"
MOUNT, WRITE, ROOT = (f"elasticfilesystem:Client{what}" for what in ("Mount", "Write", "RootAccess"))
# Not of the stack: each joins a group that the stack makes.
FEEDS, QUERIERS, HDBS = "FeedSecurityGroup", "QuerierSecurityGroup", "HdbSecurityGroup"
# Of the stack's own writer, or of a host outside.
WRITER, WRITERS = "writer", "WriterSecurityGroup"
TICKERPLANT_PORT, RDB_PORT, HTTPS = 5000, 5001, 443
# Of the database by date, and of that of the running day.
HDB_PORTS = (5002, 5003)
# Whose host alone writes through an access point, beside that of the code.
WRITES = {"LogsAccess": Role.TICKERPLANT.value, "HdbAccess": WRITER}
# None of these starts, changes or reaches into another host.
HARMLESS = {
    "cloudwatch:PutMetricData",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    READ_SECRET,
    PUBLISH,
    MOUNT,
    WRITE,
}
FSTAB = re.compile(r"echo '\S+:/ (?P<place>\S+) efs (?P<options>\S+) 0 0' >> /etc/fstab")
SERVICE = re.compile(r"""^ *service (?P<name>\w+) (?P<quote>["'])(?P<line>.+?)(?P=quote)""", re.MULTILINE)


class Mount(NamedTuple):
    """A line of a host's fstab; `point` is an access point's logical id."""

    place: str
    point: str
    read_only: bool


class Host(NamedTuple):
    """One launch template: its security groups, its role's logical id, what it mounts and runs.

    `kind` is the role tag of the group that launches it, empty where a person does. `lines` are the command
    lines of its services, `settings` their environment.
    """

    template: str
    kind: str
    groups: frozenset[str]
    role: str
    mounts: tuple[Mount, ...]
    lines: tuple[str, ...]
    settings: Mapping[str, str]

    @property
    def runs_q(self) -> bool:
        """Tell if a group launches it: then q runs on it."""
        return bool(self.kind)

    def loads(self) -> set[str]:
        """The access points that its command lines name files of."""
        words = [word for line in self.lines for word in line.split()]
        return {m.point for m in self.mounts for word in words if word.startswith(f"{m.place}/")}


def hosts_of(world: World) -> list[Host]:
    """Every host that can be launched."""
    stack = world.cluster
    data = world.image.resources["Host"].properties["Data"]
    (door,) = re.findall(r"^ *door=(\S+)$", data, re.MULTILINE)
    lines = {one["name"]: one["line"].replace("$door", door) for one in SERVICE.finditer(data)}
    hosts = []
    for template, launched in launched_from(stack).items():
        script = str(launched["UserData"])
        mounts = tuple(_mounts(stack, script))
        started = re.findall(r"highwater-(\w+)", "".join(re.findall("systemctl start (.*)", script)))
        role = _role_of(stack, launched)
        groups = frozenset(groups_of(stack, template))
        settings = dict(re.findall(r"^(HIGHWATER_\w+)=(.*)$", script, re.MULTILINE))
        services = tuple(lines[one] for one in started)
        hosts.append(Host(template, _kind(stack, template), groups, role, mounts, services, settings))
    return hosts


@check
def reached(world: World) -> Iterator[str]:
    """RDBs and feeds reach the tickerplant, queriers RDBs, hosts the files: both sides say so and no more."""
    stack = world.cluster
    wanted = _wanted(stack, hosts_of(world))
    for direction in ("Ingress", "Egress"):
        ways: dict[tuple[str, str, int], str] = {}
        for rule in rules(stack, direction):
            if rule.other is None:
                if direction == "Egress" and rule.ports != range(HTTPS, HTTPS + 1):
                    yield f"{rule.logical_id}: lets more than HTTPS out to anywhere"
                continue
            ends = (rule.other, rule.group) if direction == "Ingress" else (rule.group, rule.other)
            ways |= {(*ends, port): rule.logical_id for port in rule.ports}
        for caller, called, port in sorted(ways.keys() - wanted):
            yield f"{ways[caller, called, port]}: {caller} reaches {called} at {port}"
        for caller, called, port in sorted(wanted - ways.keys()):
            yield f"{called}: {caller} does not reach it at {port}, by the rules of {direction}"


def _wanted(stack: Stack, hosts: list[Host]) -> set[tuple[str, str, int]]:
    """Caller, called and port of each connection that a cluster needs, by security groups."""
    files = groups_of_files(stack)
    # A stack without a writer has no such groups.
    writers = {WRITERS, HDBS} & stack.of_type("AWS::EC2::SecurityGroup").keys()
    mounting = {group for host in hosts for group in host.groups} | writers
    wanted = {(group, to, NFS) for group in mounting for to in files}
    wanted |= {(WRITERS, HDBS, port) for port in HDB_PORTS if writers}
    rdbs = {group for host in hosts if host.kind == Role.RDB for group in host.groups}
    tickerplants = {group for host in hosts if host.kind == Role.TICKERPLANT for group in host.groups}
    wanted |= {(QUERIERS, rdb, RDB_PORT) for rdb in rdbs}
    return wanted | {(one, to, TICKERPLANT_PORT) for one in {FEEDS, *rdbs} for to in tickerplants}


@check
def reported(world: World) -> Iterator[str]:
    """A cluster's hosts may publish to its topic, and nobody else and nowhere else; each is told of it.

    Each is told its role as well, without which it would report as an RDB.
    """
    cluster = world.cluster
    for topic in cluster.of_type(TOPIC):
        arn, policy = cluster.arn(topic), resource_policy(cluster, topic)
        hosts = {host.role: host for host in hosts_of(world) if host.kind in ROLES}
        for role, host in hosts.items():
            if not role_may(cluster, role, PUBLISH, arn, policy):
                yield f"{role}: may not publish to {topic}"
            if role_may(cluster, role, PUBLISH, f"{arn}-other"):
                yield f"{role}: may publish to other topics"
            if host.settings.get("HIGHWATER_REPORTS_TOPIC") != arn:
                yield f"{host.template}: is not told of {topic}"
            if host.settings.get("HIGHWATER_ROLE", Role.RDB) != host.kind:
                yield f"{host.template}: is not told that it is a {host.kind}"
        for stack in world.stacks:
            for role in stack.of_type(ROLE).keys() - hosts.keys():
                request = Request.of(
                    PUBLISH,
                    arn,
                    {"aws:PrincipalArn": stack.arn(role), "aws:SecureTransport": "true"},
                    stack.arn(role),
                )
                if allowed([ANYTHING, *policy], request):
                    yield f"{topic}: lets in {role}, had it a policy of its own that says so"


@check
def separated(world: World) -> Iterator[str]:
    """No two kinds of host share a group or a role, and none is in a group of those outside."""
    taken: dict[str, str] = dict.fromkeys((FEEDS, QUERIERS, HDBS), "those outside")
    for host in hosts_of(world):
        for one in sorted({*host.groups, host.role}):
            if one in taken:
                yield f"{host.template}: shares {one} with {taken[one]}"
            taken[one] = host.template


@check
def written(world: World) -> Iterator[str]:
    """A host writes what its user data mounts to write, and no other; who runs q writes no code."""
    stack = world.cluster
    hosts = hosts_of(world)
    code = {point for host in hosts for point in host.loads()}
    if not code:
        yield "cluster: no service loads its code from an access point"
    for host in hosts:
        mounted = {mount.point: mount for mount in host.mounts}
        for point in stack.of_type(ACCESS_POINT):
            mount = mounted.get(point)
            if mount and not may(stack, host.role, MOUNT, point):
                yield f"{host.role}: may not mount {point}"
            if mount and not mount.read_only and not may(stack, host.role, WRITE, point):
                yield f"{host.role}: may not write to {point}"
            writes = may(stack, host.role, WRITE, point) or may(stack, host.role, ROOT, point)
            if writes and (mount is None or mount.read_only):
                yield f"{host.role}: may write to {point}, and does not"
            if writes and host.runs_q and point in code:
                yield f"{host.role}: may write to {point}, whose code is loaded by q"
            if writes and point not in code and host.kind != WRITES[point]:
                yield f"{host.role}: may write to {point}, which is the {WRITES[point]}'s alone"


@check
def started(world: World) -> Iterator[str]:
    """A host's role may start nothing and change nothing, and nobody but EC2 may take it on."""
    stack = world.cluster
    for host in hosts_of(world):
        for statement in role_policy(stack, host.role):
            for action in sorted(set(statement.actions) - HARMLESS):
                if statement.allows:
                    yield f"{host.role}: may {action}"
            if statement.allows and statement.not_actions:
                yield f"{host.role}: may all but some actions"
        trusts = stack.resources[host.role].properties["AssumeRolePolicyDocument"]["Statement"]
        for trust in trusts:
            if trust["Principal"] != {"Service": "ec2.amazonaws.com"}:
                yield f"{host.role}: may be taken on by {trust['Principal']}"


@check
def locked(world: World) -> Iterator[str]:
    """Each q lets in who knows the password of its cluster, which hosts with q and nobody else may read."""
    stack = world.cluster
    (secret,) = stack.of_type(SECRET)
    for host in hosts_of(world):
        for line in host.lines:
            program, first, *_ = line.split()
            is_q = any(program.startswith(f"{mount.place}/") for mount in host.mounts)
            if is_q and not (first.startswith(IMAGE) and first.endswith("/door.q")):
                yield f"{host.template}: starts q past the door of the image"
        if host.runs_q:
            if f"{IMAGE}bin/highwater-rdb passwords" not in host.lines:
                yield f"{host.template}: does not fetch the password"
            if host.settings.get("HIGHWATER_Q_SECRET") != stack.arn(secret):
                yield f"{host.template}: is not told of {secret}"
            if not host.settings.get("HIGHWATER_Q_PASSWORDS", "").startswith("/run/"):
                yield f"{host.template}: keeps no passwords in memory"
        if role_may(stack, host.role, READ_SECRET, stack.arn(secret)) != host.runs_q:
            yield f"{host.role}: {'may not' if host.runs_q else 'may'} read {secret}"
        if role_may(stack, host.role, READ_SECRET, f"{stack.arn(secret)}-other"):
            yield f"{host.role}: may read other secrets"


def may(stack: Stack, role: str, action: str, point: str) -> bool:
    """Tell if a role may act on the file system through an access point."""
    files = stack.find(FILE_SYSTEM, stack.resources[point].properties["FileSystemId"]) or ""
    policy = stack.resources[files].properties.get("FileSystemPolicy", {"Statement": []})
    known = {
        "aws:SecureTransport": "true",
        "aws:PrincipalArn": stack.arn(role),
        "elasticfilesystem:AccessedViaMountTarget": "true",
        "elasticfilesystem:AccessPointArn": stack.arn(point),
    }
    request = Request.of(action, stack.arn(files), known, stack.arn(role))
    return allowed([*statements_of_resource(policy), *role_policy(stack, role)], request)


def _mounts(stack: Stack, script: str) -> Iterator[Mount]:
    for line in FSTAB.finditer(script):
        options = line["options"].split(",")
        (point,) = (option.partition("=")[2] for option in options if option.startswith("accesspoint="))
        # The script of a stack without a writer passes over its line.
        if point == "none":
            continue
        yield Mount(line["place"], stack.find(ACCESS_POINT, point) or "", "ro" in options)


def _role_of(stack: Stack, launched: Mapping[str, Any]) -> str:
    profile = stack.find("AWS::IAM::InstanceProfile", launched["IamInstanceProfile"]["Arn"]) or ""
    (name,) = stack.resources[profile].properties["Roles"]
    return stack.find(ROLE, name) or ""


def _kind(stack: Stack, template: str) -> str:
    """The role tag of the group that launches from a template."""
    for group in stack.of_type(GROUP).values():
        if stack.find(TEMPLATE, group["LaunchTemplate"]["LaunchTemplateId"]) == template:
            return next(str(tag["Value"]) for tag in group["Tags"] if tag["Key"] == ROLE_TAG)
    return ""
