"""A cluster that can be deployed, and the facts of an account in which it can."""

from dataclasses import replace
from typing import Any

from highwater.deploy.rules.cluster import Wanted
from highwater.deploy.rules.facts import Caller, ClusterFacts, Group, Image, InstanceType, Stack, Subnet, Vpc

CALLER = Caller("123456789012", "eu-west-1", "aws", "arn:aws:iam::123456789012:user/ann")
RDB_GROUP = "highwater-trades-rdb"
ZONES = frozenset({"eu-west-1a", "eu-west-1b"})
VALUES = {
    "Cluster": "trades",
    "Vpc": "vpc-1",
    "SubnetA": "subnet-1",
    "SubnetB": "subnet-2",
    "SubnetC": "",
    "ImageId": "ami-1",
    "RdbInstanceType": "t3a.medium",
    "TickerplantInstanceType": "m7i.large",
    "Writer": "none",
    "WriterInstanceType": "t3a.medium",
    "VolumeGiB": "20",
    "MinSize": "1",
    "MaxSize": "20",
    "Rule": "demand",
    "ScaleThreshold": "0",
    "AlarmThreshold": "60",
    "RollThreshold": "85",
    "HardThreshold": "92",
    "LeadSeconds": "60",
}
WANTED = Wanted(
    region="eu-west-1",
    values=VALUES,
    imports=frozenset({"highwater-on-report"}),
    sizes={RDB_GROUP: (1, 20)},
)
FACTS = ClusterFacts(
    stack=None,
    exports=frozenset({"highwater-on-report", "highwater-key"}),
    taken=(),
    groups={},
    vpc=Vpc("vpc-1", resolves_names=True),
    subnets={
        "subnet-1": Subnet("subnet-1", "vpc-1", "eu-west-1a", 100),
        "subnet-2": Subnet("subnet-2", "vpc-1", "eu-west-1b", 100),
    },
    image=Image("ami-1", "available", "x86_64", 8, baked=True),
    instance_types={
        "t3a.medium": InstanceType("t3a.medium", frozenset({"x86_64"}), 2, ZONES),
        "m7i.large": InstanceType("m7i.large", frozenset({"x86_64"}), 2, ZONES),
    },
    vcpu_quota=64.0,
)


def wanted(**values: str) -> Wanted:
    """The cluster with other values of parameters."""
    return replace(WANTED, values=VALUES | values)


def facts(**changed: Any) -> ClusterFacts:
    """The account with other facts."""
    return replace(FACTS, **changed)


def group(**changed: Any) -> Group:
    """The RDBs' group, with one instance."""
    tags = {"highwater:role": "rdb", "highwater:cluster": "trades"}
    return replace(Group(RDB_GROUP, 1, 20, 1, (("i-1", "InService"),), tags), **changed)


def stack(status: str = "CREATE_COMPLETE", name: str = "highwater-trades", **changed: Any) -> Stack:
    """A stack that exists."""
    arn = f"arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/1"
    return replace(Stack(name, arn, status), **changed)
