"""What is known of the account before anything is created: frozen, read once by `account` and `hosts`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from highwater.deploy.rules.templates import Name

Bucket = Literal["ours", "free", "elsewhere", "not ours"]


class Caller(NamedTuple):
    """Who deploys, and where."""

    account: str
    region: str
    partition: str
    arn: str

    @property
    def pseudo_parameters(self) -> dict[str, str]:
        """What CloudFormation gives to each template."""
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
        }


class Resource(NamedTuple):
    """One resource of a stack."""

    logical_id: str
    type: str
    physical_id: str


@dataclass(frozen=True)
class Stack:
    """A stack as it is. One that was only proposed (REVIEW_IN_PROGRESS) holds nothing: it is none."""

    name: str
    id: str
    status: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Group:
    """An EC2 Auto Scaling group: its sizes, its instances as (id, lifecycle state), its tags."""

    name: str
    min_size: int
    max_size: int
    desired: int
    instances: tuple[tuple[str, str], ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


class Subnet(NamedTuple):
    """A subnet and the addresses that are free in it."""

    id: str
    vpc: str
    zone: str
    free: int


class Vpc(NamedTuple):
    """A VPC, and whether its hosts find EFS by its DNS name."""

    id: str
    resolves_names: bool


class Image(NamedTuple):
    """A host image; its root volume needs `root_gib`. `baked`: `deploy image` built it."""

    id: str
    state: str
    architecture: str
    root_gib: int
    windows: bool = False
    baked: bool = False


class InstanceType(NamedTuple):
    """An instance type, and the availability zones that offer it."""

    name: str
    architectures: frozenset[str]
    vcpus: int
    zones: frozenset[str]


@dataclass(frozen=True)
class ControlPlaneFacts:
    """What is there of the control plane, and in its way. `exported` is by other stacks."""

    stack: Stack | None
    bucket: Bucket
    taken: tuple[Name, ...] = ()
    exported: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ClusterFacts:
    """What is there of the cluster, in its way, and of what its hosts need. What is not there is absent.

    `stranded`: the subnet by instance, of those that run where the cluster would have no subnet any more.
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
