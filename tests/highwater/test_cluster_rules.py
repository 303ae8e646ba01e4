"""A cluster that cannot work is refused before anything is created; what may not work is a warning."""

import pytest

from highwater.deploy.rules.cluster import (
    Wanted,
    cluster_refusal,
    cluster_warnings,
    dropped_subnets,
)
from highwater.deploy.rules.facts import ClusterFacts, Image, InstanceType, Resource, Subnet, Vpc
from highwater.deploy.rules.templates import GROUP, Name
from tests.highwater.builders import FACTS, RDB_GROUP, WANTED, facts, group, stack, wanted

ARM = InstanceType("t4g.medium", frozenset({"arm64"}), 2, frozenset({"eu-west-1a", "eu-west-1b"}))
ONE_ZONE = InstanceType("t3a.medium", frozenset({"x86_64"}), 2, frozenset({"eu-west-1a"}))

CLOSED = Subnet("subnet-2", "vpc-1", "eu-west-1b", 100, leads_out=False)

REFUSED = {
    "the scale threshold is not lower": (
        wanted(ScaleThreshold="85"),
        FACTS,
        "--scale-threshold 85: must be lower than --roll-threshold 85.",
    ),
    "the alarm threshold is not lower": (
        wanted(AlarmThreshold="90", RollThreshold="88"),
        FACTS,
        "--alarm-threshold 90: must be lower than --roll-threshold 88.",
    ),
    "the hard threshold is not higher": (
        wanted(HardThreshold="85"),
        FACTS,
        "--hard-threshold 85: must be higher than --roll-threshold 85, or 0 for none.",
    ),
    "the control plane is not there": (
        WANTED,
        facts(exports=frozenset()),
        "The control plane is not in eu-west-1, or too old (highwater-on-report not exported): run "
        "`make deploy` first, or `make upgrade` if it exists.",
    ),
    "the cluster is being retired": (
        WANTED,
        facts(groups={RDB_GROUP: group(tags={"highwater:cluster": "trades", "highwater:retiring": "yes"})}),
        "Cluster trades is being retired: run `make retire CLUSTER=trades ARGS=--undo` first.",
    ),
    "the VPC is unknown": (
        WANTED,
        facts(vpc=None),
        "--vpc vpc-1: there is no such VPC in eu-west-1, choose one that is.",
    ),
    "a subnet is unknown": (
        wanted(SubnetB="subnet-9"),
        FACTS,
        "--subnets subnet-9: there is no such subnet in eu-west-1, choose one that is.",
    ),
    "a subnet is of another VPC": (
        WANTED,
        facts(subnets={**FACTS.subnets, "subnet-2": Subnet("subnet-2", "vpc-2", "eu-west-1b", 100)}),
        "--subnets subnet-2: is in vpc-2, choose one that is in vpc-1.",
    ),
    "two subnets are in one zone": (
        WANTED,
        facts(subnets={**FACTS.subnets, "subnet-2": Subnet("subnet-2", "vpc-1", "eu-west-1a", 100)}),
        "--subnets subnet-1,subnet-2: both are in eu-west-1a, keep one of them.",
    ),
    "the image is unknown": (
        WANTED,
        facts(image=None),
        "--image ami-1: there is no such image in eu-west-1 for this account, choose one that is.",
    ),
    "the image is not available": (
        WANTED,
        facts(image=Image("ami-1", "pending", "x86_64", 8)),
        "--image ami-1: is pending, wait until it is available or choose another.",
    ),
    "the image is for Windows": (
        WANTED,
        facts(image=Image("ami-1", "available", "x86_64", 8, windows=True)),
        "--image ami-1: is for Windows, choose one for Linux.",
    ),
    "an instance runs in a subnet that would go": (
        WANTED,
        facts(stranded={"i-2": "subnet-3", "i-1": "subnet-3"}),
        "--subnets: i-1, i-2 still in subnet-3, keep that among them until no instance is in it.",
    ),
    "the image is larger than the volume": (
        WANTED,
        facts(image=Image("ami-1", "available", "x86_64", 30)),
        "--volume-gib 20: the image needs at least 30, use that or more.",
    ),
    "the instance type is unknown": (
        wanted(RdbInstanceType="t9.medium"),
        FACTS,
        "--rdb-instance-type t9.medium: there is no such instance type in this region, choose one that is.",
    ),
    "the writer's instance type is unknown": (
        wanted(Writer="group", WriterInstanceType="t9.medium"),
        FACTS,
        "--writer-instance-type t9.medium: "
        "there is no such instance type in this region, choose one that is.",
    ),
    "a zone does not offer the instance type": (
        WANTED,
        facts(instance_types={**FACTS.instance_types, "t3a.medium": ONE_ZONE}),
        "--rdb-instance-type t3a.medium: eu-west-1b does not offer it, choose another type or subnets.",
    ),
    "the image is of another architecture": (
        wanted(TickerplantInstanceType="t4g.medium"),
        facts(instance_types={**FACTS.instance_types, "t4g.medium": ARM}),
        "--tickerplant-instance-type t4g.medium: runs arm64 and the image x86_64, change one of them.",
    ),
    "MaxSize is under the desired capacity": (
        WANTED,
        facts(groups={RDB_GROUP: group(desired=21)}),
        "--max-size 20: group highwater-trades-rdb has 21 instances, AWS would terminate some: use at least "
        "21.",
    ),
    "MaxSize is under MinSize": (
        Wanted("eu-west-1", WANTED.values, WANTED.imports, {RDB_GROUP: (3, 2)}),
        FACTS,
        "--max-size 2: must be at least MinSize, 3.",
    ),
    "a retained group has the name": (
        WANTED,
        facts(taken=(Name(GROUP, RDB_GROUP),)),
        "AutoScaling AutoScalingGroup highwater-trades-rdb exists already and belongs to no stack of this "
        "name: delete or rename it, then run this again.",
    ),
    "a role that is not the stack's has the name": (
        WANTED,
        facts(
            stack=stack(resources=(Resource("Other", GROUP, "highwater-x"),)),
            taken=(Name("AWS::IAM::Role", "highwater-x"),),
        ),
        "IAM Role highwater-x exists already and belongs to no stack of this name: delete or rename it, then "
        "run this again.",
    ),
}

EBS_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"


@pytest.mark.parametrize("case", REFUSED)
def test_a_cluster_that_cannot_work_is_refused_in_one_sentence(case: str) -> None:
    asked, found, sentence = REFUSED[case]
    assert cluster_refusal(asked, found) == sentence


@pytest.mark.parametrize(
    "found",
    [
        FACTS,
        facts(
            stack=stack(resources=(Resource("RdbGroup", GROUP, RDB_GROUP),)),
            taken=(Name(GROUP, RDB_GROUP),),
            groups={RDB_GROUP: group(desired=20)},
        ),
    ],
    ids=["a new one", "one that its stack holds, full"],
)
def test_a_cluster_that_can_work_is_not_refused(found: ClusterFacts) -> None:
    assert cluster_refusal(WANTED, found) is None


@pytest.mark.parametrize(
    ("found", "warning"),
    [
        (
            facts(vcpu_quota=41.0),
            "At full size the cluster has 42 vCPUs, this account may run 41 in eu-west-1: ask for more "
            "(Service Quotas, EC2, L-1216C47A).",
        ),
        (
            facts(subnets={k: Subnet(k, s.vpc, s.zone, 10) for k, s in FACTS.subnets.items()}),
            "The subnets have 20 free addresses, the cluster needs 21 at full size.",
        ),
        (
            facts(image=Image("ami-1", "available", "x86_64", 8)),
            "Image ami-1 has no tag highwater:image, so `make image` did not build it in this account: it "
            "must have the services highwater-rdb, highwater-tickerplant and highwater-reporter.",
        ),
        (
            facts(vpc=Vpc("vpc-1", resolves_names=False)),
            "DNS support or DNS hostnames are off in vpc-1: turn both on, or hosts find EFS only if the DNS "
            "of your own knows it.",
        ),
        (
            facts(subnets={"subnet-1": FACTS.subnets["subnet-1"], "subnet-2": CLOSED}),
            "No route leads out of subnet-2, or only one for hosts with a public address, and the VPC has "
            "no endpoint for sns, monitoring: hosts can't report until you add them, or a route to a NAT "
            "gateway.",
        ),
        (
            facts(
                subnets={"subnet-1": CLOSED._replace(id="subnet-1", zone="eu-west-1a"), "subnet-2": CLOSED},
                vpc=Vpc("vpc-1", resolves_names=True, endpoints=frozenset({"sns", "s3"})),
            ),
            "No route leads out of subnet-1, subnet-2, or only one for hosts with a public address, and the "
            "VPC has no endpoint for monitoring: hosts can't report until you add them, or a route to a NAT "
            "gateway.",
        ),
        (
            facts(vpc=Vpc("vpc-1", resolves_names=True, own_dns=("10.0.0.2",))),
            "Hosts in vpc-1 ask the DNS servers 10.0.0.2: these must forward amazonaws.com to Amazon's, or "
            "hosts find neither EFS nor AWS's endpoints.",
        ),
        (
            facts(ebs_key=EBS_KEY),
            f"Volumes are encrypted by default with the customer key {EBS_KEY}: every launch fails unless it "
            f"grants EC2 Auto Scaling: aws kms create-grant --key-id {EBS_KEY} --grantee-principal "
            "arn:aws:iam::ACCOUNT:role/aws-service-role/autoscaling.amazonaws.com/"
            "AWSServiceRoleForAutoScaling --operations Encrypt Decrypt ReEncryptFrom ReEncryptTo "
            "GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant",
        ),
        (
            facts(
                stack=stack(parameters={"AlarmThreshold": "50", "RollThreshold": "80"}),
                groups={RDB_GROUP: group()},
            ),
            "Running RDBs keep --alarm-threshold 50 and --roll-threshold 80 until they are replaced: the "
            "control plane uses the new values at once.",
        ),
    ],
)
def test_what_may_not_work_at_full_size_is_a_warning(found: ClusterFacts, warning: str) -> None:
    assert cluster_refusal(WANTED, found) is None
    assert cluster_warnings(WANTED, found) == [warning]


@pytest.mark.parametrize(
    ("thresholds", "instances"),
    [
        ({"AlarmThreshold": "60", "RollThreshold": "85"}, (("i-1", "InService"),)),
        ({"AlarmThreshold": "50", "RollThreshold": "80"}, ()),
    ],
    ids=["the same thresholds", "no running host"],
)
def test_thresholds_that_no_running_host_would_miss_are_no_warning(
    thresholds: dict[str, str], instances: tuple[tuple[str, str], ...]
) -> None:
    found = facts(stack=stack(parameters=thresholds), groups={RDB_GROUP: group(instances=instances)})
    assert cluster_warnings(WANTED, found) == []


@pytest.mark.parametrize("quota", [None, 42.0])
def test_a_quota_that_is_enough_or_may_not_be_read_is_no_warning(quota: float | None) -> None:
    assert cluster_warnings(WANTED, facts(vcpu_quota=quota)) == []


def test_instance_types_that_the_quota_does_not_count_are_left_out() -> None:
    gpu = InstanceType("g5.xlarge", frozenset({"x86_64"}), 4, frozenset({"eu-west-1a", "eu-west-1b"}))
    found = facts(instance_types={**FACTS.instance_types, "g5.xlarge": gpu}, vcpu_quota=2.0)
    assert cluster_warnings(wanted(RdbInstanceType="g5.xlarge"), found) == []


def test_a_subnet_is_dropped_when_the_stack_has_it_and_the_cluster_would_not() -> None:
    there = stack(parameters={"SubnetA": "subnet-3", "SubnetB": "subnet-1", "SubnetC": "", "Vpc": "vpc-1"})
    assert dropped_subnets(WANTED, there) == {"subnet-3"}
    assert dropped_subnets(WANTED, None) == frozenset()
