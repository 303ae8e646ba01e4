"""Facts about the account: frozen, and read once before anything is created."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from highwater.deploy.rules.templates import Name

Bucket = Literal["ours", "free", "elsewhere", "not ours"]


class Caller(NamedTuple):
    """The identity and the region that deploy."""

    account: str
    region: str
    partition: str
    arn: str

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """CloudFormation's own parameters of each template."""
        known = {"AccountId": self.account, "Region": self.region, "Partition": self.partition}
        return {f"AWS::{name}": value for name, value in known.items()}


class Resource(NamedTuple):
    """One resource of a stack."""

    logical_id: str
    type: str
    physical_id: str


@dataclass(frozen=True)
class Stack:
    """A stack as it is. One that was only proposed (REVIEW_IN_PROGRESS) does not count."""

    name: str
    id: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Group:
    """An EC2 Auto Scaling group. `instances` are (id, lifecycle state), `suspended` are processes."""

    name: str
    min_size: int
    max_size: int
    desired: int
    instances: tuple[tuple[str, str], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()


class Subnet(NamedTuple):
    """A subnet and the number of its free addresses; `leads_out` if a route leads out of its VPC."""

    id: str
    vpc: str
    zone: str
    free: int
    leads_out: bool = True


class Vpc(NamedTuple):
    """A VPC; `resolves_names` if its hosts find EFS by its DNS name.

    `own_dns` are the DNS servers that its DHCP options name beside or instead of Amazon's, `endpoints` the
    services that it reaches without a way out, such as `sns`.
    """

    id: str
    resolves_names: bool
    own_dns: tuple[str, ...] = ()
    endpoints: frozenset[str] = frozenset()


class Image(NamedTuple):
    """A host image; its root volume needs `root_gib`. `baked` if `highwater image` built it.

    `release` is that of its reporter, empty where the image does not name it.
    """

    id: str
    state: str
    architecture: str
    root_gib: int
    windows: bool = False
    baked: bool = False
    release: str = ""


class InstanceType(NamedTuple):
    """An instance type, and the availability zones that offer it."""

    name: str
    architectures: frozenset[str]
    vcpus: int
    zones: frozenset[str]


@dataclass(frozen=True)
class ControlPlaneFacts:
    """The control plane as it exists, and what is in its way; other stacks export the names `exported`.

    `dropped` are those that it exports itself, and that the template has not.
    """

    stack: Stack | None
    bucket: Bucket
    taken: tuple[Name, ...] = ()
    exported: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ClusterFacts:
    """The cluster as it exists, what is in its way, and what its hosts need. What does not exist is missing.

    `stranded`: the subnet by instance, for instances in a subnet that the cluster would lose.
    `ebs_key`: the customer key that encrypts the account's volumes by default; empty for AWS's own.
    """

    stack: Stack | None
    exports: frozenset[str]
    taken: tuple[Name, ...]
    groups: Mapping[str, Group]
    vpc: Vpc | None
    subnets: Mapping[str, Subnet]
    image: Image | None
    instance_types: Mapping[str, InstanceType]
    vcpu_quota: float | None
    stranded: Mapping[str, str] = field(default_factory=dict)
    ebs_key: str = ""
