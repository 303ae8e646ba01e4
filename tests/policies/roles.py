"""The roles of a deployed stack: what their policies say, and what Lambda itself does with a function's."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.policies.evaluator import Document, Request, Statement, statements_of
from twin.aws.cloudformation import ACCOUNT, REGION, Resources

Properties = Mapping[str, Any]
ROLE_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
WRITE_LOG = ("logs:CreateLogStream", "logs:PutLogEvents")
POLL = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""The actions on the queue in AWSLambdaSQSQueueExecutionRole, Lambda's own policy for its pollers."""

# What AWS's own policies say, of those that are attached to a role here.
MANAGED_BY_AWS: Mapping[str, Document] = {
    "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs": {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
                "logs:GetLogEvents",
                "logs:FilterLogEvents",
            ],
            "Resource": "*",
        },
    }
}


def of_type(resources: Resources, *kinds: str) -> dict[str, Properties]:
    """The resources of these types, by logical id."""
    return {logical_id: found for logical_id, (of, found) in resources.items() if of in kinds}


def functions(resources: Resources) -> dict[str, Properties]:
    """The functions of a stack, by logical id."""
    return of_type(resources, "AWS::Lambda::Function")


def role_of(resources: Resources, function: Properties) -> str:
    """The logical id of a function's role."""
    (found,) = [
        logical_id
        for logical_id, role in of_type(resources, "AWS::IAM::Role").items()
        if role["Arn"] == function["Role"]
    ]
    return found


def policy_of(resources: Resources, role_id: str) -> tuple[Statement, ...]:
    """Every statement of a deployed role."""
    role = of_type(resources, "AWS::IAM::Role")[role_id]
    return statements_of_role(role["Name"], role, of_type(resources, *ROLE_POLICIES).values())


def statements_of_role(name: str, role: Properties, policies: Iterable[Properties]) -> tuple[Statement, ...]:
    """Every statement of a role: of its own policies and of those of its stack that are attached to it."""
    managed = role.get("ManagedPolicyArns", ())
    if role.get("PermissionsBoundary") or set(managed) - MANAGED_BY_AWS.keys():
        raise NotImplementedError(f"{name} has policies from elsewhere")
    attached = [policy for policy in policies if name in policy.get("Roles", ())]
    documents = [policy["PolicyDocument"] for policy in (*role.get("Policies", ()), *attached)]
    documents += [MANAGED_BY_AWS[arn] for arn in managed]
    return tuple(statement for document in documents for statement in statements_of(document))


def own_calls(resources: Resources, function: Properties) -> Iterator[Request]:
    """The requests of Lambda in a function's name: log, traces, failures, and the queue that it polls."""
    group = function["LoggingConfig"]["LogGroup"]
    stream = f"2026/11/23/{function['Name']}[$LATEST]0123456789abcdef0123456789abcdef"
    for action in WRITE_LOG:
        yield Request(action, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{stream}")
    if function.get("TracingConfig", {}).get("Mode") == "Active":
        yield Request("xray:PutTraceSegments")
        yield Request("xray:PutTelemetryRecords")
    if dead_letters := function.get("DeadLetterConfig", {}).get("TargetArn"):
        yield Request("sqs:SendMessage", _unkeyed(resources, dead_letters))
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        if mapping["FunctionName"] in (function["Name"], function["Arn"]):
            for action in POLL:
                yield Request(action, _unkeyed(resources, mapping["EventSourceArn"]))


def _unkeyed(resources: Resources, queue_arn: str) -> str:
    """A queue with a customer's key would ask for that key too."""
    name = queue_arn.rpartition(":")[2]
    (queue,) = [q for q in of_type(resources, "AWS::SQS::Queue").values() if q["QueueName"] == name]
    if queue.get("KmsMasterKeyId"):
        raise NotImplementedError(f"{queue_arn} has a key of its own")
    return queue_arn
