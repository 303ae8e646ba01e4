"""Least privilege, judged both ways.

What does a policy deny of the calls that are made, and what does it grant that no call needs?
"""

from collections.abc import Collection, Iterable

from tests.policies.evaluator import NOWHERE, Request, Statement, allowed

# Service Authorization Reference: no resource type that a policy must name. For GetMetricData and for
# PutMetricData it has data sets only, and ours are plain metrics.
UNRESTRICTED = frozenset(
    {
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeLifecycleHooks",
        "autoscaling:DescribeScalingActivities",
        "cloudwatch:GetMetricData",
        "cloudwatch:PutMetricData",
        "ec2:DescribeInstances",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)

# Another resource of the same kind, for those that a policy names. Groups and instances it knows by tags.
OTHERS = {
    "dynamodb": "table/other",
    "elasticfilesystem": "file-system/fs-other",
    "kms": "key/other",
    "logs": "log-group:/other:log-stream:one",
    "secretsmanager": "secret:other",
    "sns": "other",
    "sqs": "other",
}


def grants(policy: Iterable[Statement]) -> list[Statement]:
    """Everything that a policy says, one action each."""
    return [grant for statement in policy for grant in statement.apart()]


def denied(policy: Collection[Statement], requests: Iterable[Request]) -> list[Request]:
    """The calls that a policy does not allow."""
    return [request for request in requests if not allowed(policy, request)]


def idle(policy: Iterable[Statement], requests: Collection[Request]) -> list[Statement]:
    """The actions without any one of which a policy still allows every call."""
    all_grants = grants(policy)
    rest = (all_grants[:n] + all_grants[n + 1 :] for n in range(len(all_grants)))
    return [grant for grant, others in zip(all_grants, rest, strict=True) if not denied(others, requests)]


def too_wide(grant: Statement) -> bool:
    """Tell if a grant of one action names no resource, though AWS would heed one."""
    return NOWHERE in grant.resources and grant.actions[0] not in UNRESTRICTED


def elsewhere(request: Request) -> list[Request]:
    """The same call on resources that are not ours: of another account, another region, another name."""
    if request.resource == NOWHERE:
        return []
    arn, partition, service, region, account, name = request.resource.split(":", 5)
    places = [(region, "210987654321", name), ("eu-west-1", account, name)]
    if service in OTHERS:
        places.append((region, account, OTHERS[service]))
    return [
        Request(request.action, ":".join((arn, partition, service, *place)), request.context)
        for place in places
    ]
