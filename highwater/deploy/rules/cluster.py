"""Rules for a cluster: its network, its hosts, its sizes. Pure, as `preflight`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chalicelib.contract.names import CLUSTER_TAG, IMAGE_TAG, RETIRING_TAG
from highwater.deploy.rules.facts import Caller, ClusterFacts, Group, Stack
from highwater.deploy.rules.preflight import (
    absent,
    first,
    image_refusal,
    instance_type_refusal,
    taken_refusal,
)
from highwater.deploy.rules.templates import GROUP, Template, imports, resolved

# What a host calls, by the last part of an endpoint's name.
HOST_SERVICES = ("sns", "monitoring")
THRESHOLDS = {"--alarm-threshold": "AlarmThreshold", "--roll-threshold": "RollThreshold"}
# The instance families whose vCPUs count towards the quota L-1216C47A.
STANDARD_FAMILIES = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})


@dataclass(frozen=True)
class Wanted:
    """A cluster as it should be: `values` by parameter; an upgrade keeps the stack's own for the rest.

    `sizes`: MinSize and MaxSize by group name, as the template sets them with these values.
    """

    region: str
    values: Mapping[str, str]
    imports: frozenset[str] = frozenset()
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def subnets(self) -> tuple[str, ...]:
        """The subnets' ids."""
        return _subnets_of(self.values)

    @property
    def instance_types(self) -> dict[str, str]:
        """The instance types of the hosts that are launched, by option."""
        names = {
            "--rdb-instance-type": "RdbInstanceType",
            "--tickerplant-instance-type": "TickerplantInstanceType",
        }
        if self.values.get("Writer") == "group":
            names["--writer-instance-type"] = "WriterInstanceType"
        return {option: self.values[name] for option, name in names.items()}


def wanted_of(template: Template, caller: Caller, values: Mapping[str, str]) -> Wanted:
    """Make the cluster that the template creates with these values."""
    known = {**values, **caller.pseudo_parameters}
    sizes = {}
    for resource in template["Resources"].values():
        if resource["Type"] == GROUP:
            stated = (resource["Properties"][name] for name in ("AutoScalingGroupName", "MinSize", "MaxSize"))
            name, least, most = (resolved(value, known) for value in stated)
            # Each is a literal or made of parameters.
            assert name is not None
            assert least is not None
            assert most is not None
            sizes[name] = (int(least), int(most))
    return Wanted(caller.region, values, imports(template), sizes)


def _subnets_of(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in values.items() if name.startswith("Subnet") and value)


def thresholds_refusal(values: Mapping[str, str]) -> str | None:
    """Refuse thresholds that are in no order: alarm and scale below roll, and roll below hard."""
    roll, hard = values["RollThreshold"], values["HardThreshold"]
    for argument, name in (("--scale-threshold", "ScaleThreshold"), ("--alarm-threshold", "AlarmThreshold")):
        if float(values[name]) >= float(roll):
            return f"{argument} {values[name]}: must be lower than --roll-threshold {roll}."
    if 0 < float(hard) <= float(roll):
        return f"--hard-threshold {hard}: must be higher than --roll-threshold {roll}, or 0 for none."
    return None


def cluster_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse a cluster that cannot be deployed."""
    return first(
        (
            thresholds_refusal(wanted.values),
            *(check(wanted, facts) for check in CLUSTER_CHECKS),
            *(size_refusal(*size, facts.groups.get(name)) for name, size in wanted.sizes.items()),
            taken_refusal(facts.stack, facts.taken),
        )
    )


def exports_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse a cluster without a control plane: its hosts report to it."""
    if missing := sorted(wanted.imports - facts.exports):
        return (
            f"The control plane is not in {wanted.region}, or too old ({', '.join(missing)} not exported): "
            "run `make deploy` first, or `make upgrade` if it exists."
        )
    return None


def retiring_refusal(_: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse to change a cluster that is being retired: that would set MinSize again and launch an RDB."""
    for group in facts.groups.values():
        if group.tags.get(RETIRING_TAG) == "yes":
            name = group.tags.get(CLUSTER_TAG)
            return f"Cluster {name} is being retired: run `make retire CLUSTER={name} ARGS=--undo` first."
    return None


def network_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse subnets that are not in one VPC, each in its own zone: EFS has one mount target per zone."""
    if facts.vpc is None:
        return absent(f"--vpc {wanted.values['Vpc']}", f"VPC in {wanted.region}")
    zones: dict[str, str] = {}
    for subnet_id in wanted.subnets:
        subnet = facts.subnets.get(subnet_id)
        if subnet is None:
            return absent(f"--subnets {subnet_id}", f"subnet in {wanted.region}")
        if subnet.vpc != facts.vpc.id:
            return f"--subnets {subnet_id}: is in {subnet.vpc}, choose one that is in {facts.vpc.id}."
        if other := zones.get(subnet.zone):
            return f"--subnets {other},{subnet_id}: both are in {subnet.zone}, keep one of them."
        zones[subnet.zone] = subnet_id
    return None


def dropped_subnets(wanted: Wanted, facts_stack: Stack | None) -> frozenset[str]:
    """Find the subnets that the cluster would lose, and their mount targets with them."""
    if facts_stack is None:
        return frozenset()
    return frozenset(_subnets_of(facts_stack.parameters)) - frozenset(wanted.subnets)


def stranded_refusal(_: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse to drop a subnet that has instances: without its mount target they lose the logs."""
    if not facts.stranded:
        return None
    instances = ", ".join(sorted(facts.stranded))
    subnets = ", ".join(sorted(set(facts.stranded.values())))
    return f"--subnets: {instances} still in {subnets}, keep that among them until no instance is in it."


def host_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Refuse an image that cannot start, or an instance type that cannot run it in each zone."""
    found = (facts.subnets.get(subnet) for subnet in wanted.subnets)
    zones = frozenset(subnet.zone for subnet in found if subnet)
    return first(
        (
            image_refusal(wanted.values["ImageId"], "--image", facts.image, wanted.region),
            _volume_refusal(wanted, facts),
            *(
                instance_type_refusal(name, option, facts.instance_types.get(name), facts.image, zones)
                for option, name in wanted.instance_types.items()
            ),
        )
    )


def _volume_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    volume = wanted.values["VolumeGiB"]
    if facts.image is None or int(volume) >= facts.image.root_gib:
        return None
    return f"--volume-gib {volume}: the image needs at least {facts.image.root_gib}, use that or more."


def size_refusal(least: int, most: int, group: Group | None) -> str | None:
    """Refuse a MaxSize below DesiredCapacity: AWS would lower that, and choose which RDB it terminates."""
    if most < least:
        return f"--max-size {most}: must be at least MinSize, {least}."
    if group and most < group.desired:
        return (
            f"--max-size {most}: group {group.name} has {group.desired} instances, AWS would terminate some: "
            f"use at least {group.desired}."
        )
    return None


CLUSTER_CHECKS: tuple[Callable[[Wanted, ClusterFacts], str | None], ...] = (
    exports_refusal,
    retiring_refusal,
    network_refusal,
    stranded_refusal,
    host_refusal,
)


def cluster_warnings(wanted: Wanted, facts: ClusterFacts) -> list[str]:
    """Warn of what may not work at full size, or what the operator must take care of."""
    warnings = []
    if facts.image and not facts.image.baked:
        warnings.append(
            f"Image {facts.image.id} has no tag {IMAGE_TAG}, so `make image` did not build it in this "
            "account: it must have the services highwater-rdb, highwater-tickerplant and highwater-reporter."
        )
    # As many RDBs as there may be, and one host of each other kind.
    rdbs, (rdb, *others) = int(wanted.values["MaxSize"]), wanted.instance_types.values()
    hosts = rdbs + len(others)
    kinds = [facts.instance_types[name] for name in (*[rdb] * rdbs, *others)]
    vcpus = sum(kind.vcpus for kind in kinds if _family(kind.name) in STANDARD_FAMILIES)
    if facts.vcpu_quota is not None and vcpus > facts.vcpu_quota:
        warnings.append(
            f"At full size the cluster has {vcpus} vCPUs, this account may run {facts.vcpu_quota:g} in "
            f"{wanted.region}: ask for more (Service Quotas, EC2, L-1216C47A)."
        )
    free = sum(facts.subnets[subnet].free for subnet in wanted.subnets)
    if free < hosts:
        warnings.append(f"The subnets have {free} free addresses, the cluster needs {hosts} at full size.")
    if facts.vpc and not facts.vpc.resolves_names:
        warnings.append(
            f"DNS support or DNS hostnames are off in {facts.vpc.id}: turn both on, or hosts find EFS only "
            "if the DNS of your own knows it."
        )
    if closed := _closed_in(wanted, facts):
        warnings.append(closed)
    if kept := _kept_thresholds(wanted, facts):
        warnings.append(kept)
    if facts.vpc and facts.vpc.own_dns:
        warnings.append(
            f"Hosts in {facts.vpc.id} ask the DNS servers {', '.join(facts.vpc.own_dns)}: these must forward "
            "amazonaws.com to Amazon's, or hosts find neither EFS nor AWS's endpoints."
        )
    if facts.ebs_key:
        warnings.append(
            f"Volumes are encrypted by default with the customer key {facts.ebs_key}: every launch fails "
            f"unless it grants EC2 Auto Scaling: aws kms create-grant --key-id {facts.ebs_key} "
            "--grantee-principal arn:aws:iam::ACCOUNT:role/aws-service-role/autoscaling.amazonaws.com/"
            "AWSServiceRoleForAutoScaling --operations Encrypt Decrypt ReEncryptFrom ReEncryptTo "
            "GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant"
        )
    return warnings


def _closed_in(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Name the subnets from which hosts reach neither the internet nor the services that they need."""
    inside = facts.vpc.endpoints if facts.vpc else frozenset[str]()
    missing = [service for service in HOST_SERVICES if service not in inside]
    closed = [subnet for subnet in wanted.subnets if not facts.subnets[subnet].leads_out]
    if not closed or not missing:
        return None
    return (
        f"No route leads out of {', '.join(closed)}, or only one for hosts with a public address, and the "
        f"VPC has no endpoint for {', '.join(missing)}: hosts can't report until you add them, or a route to "
        "a NAT gateway."
    )


def _kept_thresholds(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Name the thresholds that running hosts keep: they have them from their launch."""
    if facts.stack is None or not any(group.instances for group in facts.groups.values()):
        return None
    changed = [
        f"{option} {had}"
        for option, name in THRESHOLDS.items()
        if (had := facts.stack.parameters.get(name, "")) not in ("", wanted.values[name])
    ]
    if not changed:
        return None
    return (
        f"Running RDBs keep {' and '.join(changed)} until they are replaced: the control plane uses the new "
        "values at once."
    )


def _family(instance_type: str) -> str:
    return instance_type[: next((i for i, c in enumerate(instance_type) if not c.isalpha()), 0)]
