"""What a cluster cannot be deployed with: its network, its hosts, its sizes. Pure, as `preflight`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from highwater.deploy.rules.facts import ClusterFacts, Group, Stack
from highwater.deploy.rules.preflight import first, image_refusal, instance_type_refusal, taken_refusal

RETIRING_TAG = "highwater:retiring"
# Whose vCPUs the quota L-1216C47A counts.
STANDARD_FAMILIES = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})


@dataclass(frozen=True)
class Wanted:
    """A cluster as asked for: `values` by parameter, on an upgrade with the stack's own for the rest.

    `sizes`: least and greatest size by group name, as the template has them with these values.
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
    def instance_types(self) -> tuple[str, str]:
        """The RDBs' and the tickerplant's."""
        return self.values["RdbInstanceType"], self.values["TickerplantInstanceType"]


def _subnets_of(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in values.items() if name.startswith("Subnet") and value)


def thresholds_refusal(values: Mapping[str, str]) -> str | None:
    """The next RDB must be launched before the live one rolls."""
    scale, roll = values["ScaleThreshold"], values["RollThreshold"]
    if float(scale) < float(roll):
        return None
    return f"--scale-threshold {scale}: must be lower than --roll-threshold {roll}."


def cluster_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Why the cluster cannot be deployed."""
    return first(
        (
            thresholds_refusal(wanted.values),
            *(check(wanted, facts) for check in CLUSTER_CHECKS),
            *(size_refusal(*size, facts.groups.get(name)) for name, size in wanted.sizes.items()),
            taken_refusal(facts.stack, facts.taken),
        )
    )


def exports_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Hosts report to the control plane: it comes first."""
    if missing := sorted(wanted.imports - facts.exports):
        return (
            f"The control plane is not in {wanted.region}, or too old ({', '.join(missing)} not exported): "
            "run `make deploy` first, or `make upgrade` if it exists."
        )
    return None


def retiring_refusal(_: Wanted, facts: ClusterFacts) -> str | None:
    """An update would write MinSize again, and so launch an RDB."""
    for group in facts.groups.values():
        if group.tags.get(RETIRING_TAG) == "yes":
            name = group.tags.get("highwater:cluster")
            return f"Cluster {name} is being retired: run `make retire CLUSTER={name} ARGS=--undo` first."
    return None


def network_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """Subnets of one VPC, each in a zone of its own: EFS has one mount target per zone."""
    if facts.vpc is None:
        return f"--vpc {wanted.values['Vpc']}: there is no such VPC in {wanted.region}, choose one that is."
    zones: dict[str, str] = {}
    for subnet_id in wanted.subnets:
        subnet = facts.subnets.get(subnet_id)
        if subnet is None:
            return f"--subnets {subnet_id}: there is no such subnet in {wanted.region}, choose one that is."
        if subnet.vpc != facts.vpc.id:
            return f"--subnets {subnet_id}: is in {subnet.vpc}, choose one that is in {facts.vpc.id}."
        if other := zones.get(subnet.zone):
            return f"--subnets {other},{subnet_id}: both are in {subnet.zone}, keep one of them."
        zones[subnet.zone] = subnet_id
    return None


def dropped_subnets(wanted: Wanted, facts_stack: Stack | None) -> frozenset[str]:
    """What the stack has and the cluster would not have any more: its mount targets would go."""
    if facts_stack is None:
        return frozenset()
    return frozenset(_subnets_of(facts_stack.parameters)) - frozenset(wanted.subnets)


def stranded_refusal(_: Wanted, facts: ClusterFacts) -> str | None:
    """An instance in a subnet without a mount target has lost the logs."""
    if not facts.stranded:
        return None
    instances = ", ".join(sorted(facts.stranded))
    subnets = ", ".join(sorted(set(facts.stranded.values())))
    return f"--subnets: {instances} still in {subnets}, keep that among them until no instance is in it."


def host_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    """An image that cannot start, or an instance type that cannot run it in each zone."""
    found = (facts.subnets.get(subnet) for subnet in wanted.subnets)
    zones = frozenset(subnet.zone for subnet in found if subnet)
    options = ("--rdb-instance-type", "--tickerplant-instance-type")
    return first(
        (
            image_refusal(wanted.values["ImageId"], "--image", facts.image, wanted.region),
            _volume_refusal(wanted, facts),
            *(
                instance_type_refusal(name, option, facts.instance_types.get(name), facts.image, zones)
                for option, name in zip(options, wanted.instance_types, strict=True)
            ),
        )
    )


def _volume_refusal(wanted: Wanted, facts: ClusterFacts) -> str | None:
    volume = wanted.values["VolumeGiB"]
    if facts.image is None or int(volume) >= facts.image.root_gib:
        return None
    return f"--volume-gib {volume}: the image needs at least {facts.image.root_gib}, use that or more."


def size_refusal(least: int, most: int, group: Group | None) -> str | None:
    """AWS would lower DesiredCapacity to a smaller MaxSize, and choose itself which RDB goes."""
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
    """What may not work at full size, or must be looked after by the operator."""
    warnings = []
    if facts.image and not facts.image.baked:
        warnings.append(
            f"Image {facts.image.id} has no tag highwater:image, so `make image` did not build it in this "
            "account: it must have the services highwater-rdb, highwater-tickerplant and highwater-reporter."
        )
    hosts = int(wanted.values["MaxSize"]) + 1
    rdb, tickerplant = (facts.instance_types[name] for name in wanted.instance_types)
    standard = [kind for kind in (rdb, tickerplant) if _family(kind.name) in STANDARD_FAMILIES]
    vcpus = sum(
        kind.vcpus * (hosts - 1 if at == 0 else 1)
        for at, kind in enumerate((rdb, tickerplant))
        if kind in standard
    )
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
            f"DNS support or DNS hostnames are off in {facts.vpc.id}: hosts find EFS only "
            "if the DNS of your own knows it."
        )
    return warnings


def _family(instance_type: str) -> str:
    return instance_type[: next((i for i, c in enumerate(instance_type) if not c.isalpha()), 0)]
