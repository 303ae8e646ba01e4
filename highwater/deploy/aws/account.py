"""Reads the account for the rules: its stacks, its groups, and the names that are taken."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.contract.names import ROLE_TAG, Role
from highwater.deploy.aws.caller import code_of
from highwater.deploy.rules.facts import Bucket, Caller, Group, Resource, Stack
from highwater.deploy.rules.stack_names import stack_name
from highwater.deploy.rules.templates import GROUP, Name

ALARM = "AWS::CloudWatch::Alarm"
ALARMS_A_CALL = 100
NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
# The types that are asked for by name: service, operation, argument, and AWS's codes for "does not exist".
ONE_BY_ONE = {
    "AWS::IAM::Role": ("iam", "get_role", "RoleName", ("NoSuchEntity",)),
    "AWS::KMS::Alias": ("kms", "describe_key", "KeyId", ("NotFoundException",)),
    "AWS::SNS::Topic": ("sns", "get_topic_attributes", "TopicArn", ("NotFound", "NotFoundException")),
    "AWS::SQS::Queue": ("sqs", "get_queue_url", "QueueName", NO_QUEUE),
}
PROPOSED = "REVIEW_IN_PROGRESS"
NO_SUCH_STACK = "does not exist"


def _stack(described: Mapping[str, Any]) -> Stack:
    """Return a stack as described; its resources are not in that."""
    return Stack(
        name=described["StackName"],
        id=described["StackId"],
        status=described["StackStatus"],
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in described.get("Parameters", ())},
        outputs={o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", ())},
    )


class Account:
    """One account in one region, read only. Its methods raise what boto3 raises."""

    def __init__(self, session: Any, caller: Caller) -> None:
        self._session = session
        self._caller = caller
        self._cloudformation = session.client("cloudformation")
        self._autoscaling = session.client("autoscaling")

    def stack(self, name: str) -> Stack | None:
        """Read a stack with its resources; None when there is none, or one that was only proposed."""
        try:
            (stack,) = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if NO_SUCH_STACK in str(error):
                return None
            raise
        if stack["StackStatus"] == PROPOSED:
            return None
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        resources = tuple(
            Resource(r["LogicalResourceId"], r["ResourceType"], r.get("PhysicalResourceId", ""))
            for page in pages
            for r in page["StackResourceSummaries"]
        )
        return replace(_stack(stack), resources=resources)

    def cluster_stacks(self) -> tuple[Stack, ...]:
        """Read the stack of every cluster, without its resources."""
        pages = self._cloudformation.get_paginator("describe_stacks").paginate()
        stacks = (_stack(s) for page in pages for s in page["Stacks"] if s["StackStatus"] != PROPOSED)
        return tuple(
            stack for stack in stacks if stack.name == stack_name(stack.parameters.get("Cluster", ""))
        )

    def exports(self) -> dict[str, str]:
        """List the exports of the region's stacks: the stack's id by the export's name."""
        pages = self._cloudformation.get_paginator("list_exports").paginate()
        return {e["Name"]: e["ExportingStackId"] for page in pages for e in page["Exports"]}

    def group(self, name: str) -> Group | None:
        """Read one group by its name."""
        return next(iter(self._groups(AutoScalingGroupNames=[name])), None)

    def rdb_groups(self) -> tuple[Group, ...]:
        """Read every group of RDBs, found by its tag."""
        return self._groups(Filters=[{"Name": f"tag:{ROLE_TAG}", "Values": [Role.RDB]}])

    def _groups(self, **asked: Any) -> tuple[Group, ...]:
        pages = self._autoscaling.get_paginator("describe_auto_scaling_groups").paginate(**asked)
        return tuple(
            Group(
                name=group["AutoScalingGroupName"],
                min_size=group["MinSize"],
                max_size=group["MaxSize"],
                desired=group["DesiredCapacity"],
                instances=tuple((i["InstanceId"], i["LifecycleState"]) for i in group.get("Instances", ())),
                suspended=frozenset(p["ProcessName"] for p in group.get("SuspendedProcesses", ())),
                tags={tag["Key"]: tag.get("Value", "") for tag in group.get("Tags", ())},
            )
            for page in pages
            for group in page["AutoScalingGroups"]
        )

    def taken(self, names: Iterable[Name]) -> tuple[Name, ...]:
        """Find the names that a resource of that type has already."""
        asked = tuple(names)
        alarms = self._alarms([name for kind, name in asked if kind == ALARM])
        listed: dict[str, Callable[[str], bool]] = {
            GROUP: lambda name: self.group(name) is not None,
            ALARM: alarms.__contains__,
            "AWS::Logs::LogGroup": self._log_group_exists,
        }
        return tuple(
            Name(kind, name)
            for kind, name in asked
            if (listed[kind](name) if kind in listed else self._found(kind, name))
        )

    def bucket(self, name: str) -> Bucket:
        """Find out whose bucket has this name."""
        s3 = self._session.client("s3")
        try:
            answer = s3.head_bucket(Bucket=name, ExpectedBucketOwner=self._caller.account)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            answers: dict[int, Bucket] = {404: "free", 403: "not ours", 301: "elsewhere"}
            if status in answers:
                return answers[status]
            raise
        region = answer.get("BucketRegion", self._caller.region)
        return "ours" if region == self._caller.region else "elsewhere"

    def api_logs_role_exists(self) -> bool:
        """Tell if API Gateway has a role to log with in this region, and that role still exists."""
        arn = self._session.client("apigateway").get_account().get("cloudwatchRoleArn")
        return bool(arn) and self._found("AWS::IAM::Role", arn.rsplit("/", 1)[-1])

    def concurrency(self) -> int | None:
        """Read how many functions may run at a time, those with their own share aside; None if denied."""
        try:
            limits = self._session.client("lambda").get_account_settings()["AccountLimit"]
        except ClientError:
            return None
        return int(limits["UnreservedConcurrentExecutions"])

    def _alarms(self, names: list[str]) -> frozenset[str]:
        cloudwatch, found = self._session.client("cloudwatch"), []
        for start in range(0, len(names), ALARMS_A_CALL):
            some = names[start : start + ALARMS_A_CALL]
            answer = cloudwatch.describe_alarms(AlarmNames=some, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            found += [*answer["MetricAlarms"], *answer.get("CompositeAlarms", ())]
        return frozenset(alarm["AlarmName"] for alarm in found)

    def _log_group_exists(self, name: str) -> bool:
        answer = self._session.client("logs").describe_log_groups(logGroupNamePrefix=name)
        return any(group["logGroupName"] == name for group in answer["logGroups"])

    def _found(self, kind: str, name: str) -> bool:
        """Ask for one resource by its name."""
        service, operation, argument, missing = ONE_BY_ONE[kind]
        if service == "sns":
            name = f"arn:{self._caller.partition}:sns:{self._caller.region}:{self._caller.account}:{name}"
        try:
            getattr(self._session.client(service), operation)(**{argument: name})
        except ClientError as error:
            if code_of(error) in missing:
                return False
            raise
        return True
