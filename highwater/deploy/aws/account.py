"""Reads the account, for `preflight`: its stacks, its groups, and which names are taken."""

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

from highwater.deploy.aws.caller import code_of
from highwater.deploy.rules.facts import Bucket, Caller, Group, Resource, Stack
from highwater.deploy.rules.templates import GROUP, Name

ALARMS_A_CALL = 100
PROPOSED = "REVIEW_IN_PROGRESS"
NO_SUCH_STACK = "does not exist"


class Account:
    """One account in one region, read only. Its methods raise what boto3 does."""

    def __init__(self, session: Any, caller: Caller) -> None:
        self._session = session
        self._caller = caller
        self._cloudformation = session.client("cloudformation")
        self._autoscaling = session.client("autoscaling")

    def stack(self, name: str) -> Stack | None:
        """A stack with what it holds; None when there is none, or one that was only proposed."""
        try:
            (shown,) = self._cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if NO_SUCH_STACK in str(error):
                return None
            raise
        if shown["StackStatus"] == PROPOSED:
            return None
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        return Stack(
            name=name,
            id=shown["StackId"],
            status=shown["StackStatus"],
            parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in shown.get("Parameters", ())},
            outputs={o["OutputKey"]: o["OutputValue"] for o in shown.get("Outputs", ())},
            resources=tuple(
                Resource(r["LogicalResourceId"], r["ResourceType"], r.get("PhysicalResourceId", ""))
                for page in pages
                for r in page["StackResourceSummaries"]
            ),
        )

    def exports(self) -> dict[str, str]:
        """What the region's stacks export: the id of the stack by name."""
        pages = self._cloudformation.get_paginator("list_exports").paginate()
        return {e["Name"]: e["ExportingStackId"] for page in pages for e in page["Exports"]}

    def group(self, name: str) -> Group | None:
        """One group by its name."""
        return next(iter(self._groups(AutoScalingGroupNames=[name])), None)

    def rdb_groups(self) -> tuple[Group, ...]:
        """Every group of RDBs, by its tag."""
        return self._groups(Filters=[{"Name": "tag:highwater:role", "Values": ["rdb"]}])

    def _groups(self, **asked: Any) -> tuple[Group, ...]:
        pages = self._autoscaling.get_paginator("describe_auto_scaling_groups").paginate(**asked)
        return tuple(
            Group(
                name=shown["AutoScalingGroupName"],
                min_size=shown["MinSize"],
                max_size=shown["MaxSize"],
                desired=shown["DesiredCapacity"],
                instances=tuple((i["InstanceId"], i["LifecycleState"]) for i in shown.get("Instances", ())),
                tags={tag["Key"]: tag.get("Value", "") for tag in shown.get("Tags", ())},
            )
            for page in pages
            for shown in page["AutoScalingGroups"]
        )

    def taken(self, names: Iterable[Name]) -> tuple[Name, ...]:
        """Those of the names that a resource of that type has already."""
        asked = tuple(names)
        alarms = self._alarms([name for kind, name in asked if kind == "AWS::CloudWatch::Alarm"])
        by_type: dict[str, Callable[[str], bool]] = {
            GROUP: lambda name: self.group(name) is not None,
            "AWS::CloudWatch::Alarm": alarms.__contains__,
            "AWS::IAM::Role": self.role_exists,
            "AWS::KMS::Alias": self._key_has,
            "AWS::Logs::LogGroup": self._log_group_exists,
            "AWS::SNS::Topic": self._topic_exists,
            "AWS::SQS::Queue": self._queue_exists,
        }
        return tuple(named for named in asked if by_type[named.type](named.name))

    def bucket(self, name: str) -> Bucket:
        """Whose bucket has this name."""
        s3 = self._session.client("s3")
        try:
            shown = s3.head_bucket(Bucket=name, ExpectedBucketOwner=self._caller.account)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            answers: dict[int, Bucket] = {404: "free", 403: "not ours", 301: "elsewhere"}
            if status in answers:
                return answers[status]
            raise
        region = shown.get("BucketRegion", self._caller.region)
        return "ours" if region == self._caller.region else "elsewhere"

    def api_logs_role_exists(self) -> bool:
        """Whether API Gateway has a role to log with in this region, and the role is still there."""
        arn = self._session.client("apigateway").get_account().get("cloudwatchRoleArn")
        return bool(arn) and self.role_exists(arn.rsplit("/", 1)[-1])

    def role_exists(self, name: str) -> bool:
        """Whether the account has a role of that name."""
        iam = self._session.client("iam")
        return _answers(lambda: iam.get_role(RoleName=name), "NoSuchEntity")

    def _alarms(self, names: list[str]) -> frozenset[str]:
        cloudwatch, found = self._session.client("cloudwatch"), []
        for start in range(0, len(names), ALARMS_A_CALL):
            some = names[start : start + ALARMS_A_CALL]
            shown = cloudwatch.describe_alarms(AlarmNames=some, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            found += [*shown["MetricAlarms"], *shown.get("CompositeAlarms", ())]
        return frozenset(alarm["AlarmName"] for alarm in found)

    def _key_has(self, alias: str) -> bool:
        kms = self._session.client("kms")
        return _answers(lambda: kms.describe_key(KeyId=alias), "NotFoundException")

    def _log_group_exists(self, name: str) -> bool:
        shown = self._session.client("logs").describe_log_groups(logGroupNamePrefix=name)
        return any(group["logGroupName"] == name for group in shown["logGroups"])

    def _topic_exists(self, name: str) -> bool:
        at = self._caller
        arn = f"arn:{at.partition}:sns:{at.region}:{at.account}:{name}"
        sns = self._session.client("sns")
        return _answers(lambda: sns.get_topic_attributes(TopicArn=arn), "NotFound", "NotFoundException")

    def _queue_exists(self, name: str) -> bool:
        sqs = self._session.client("sqs")
        missing = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
        return _answers(lambda: sqs.get_queue_url(QueueName=name), *missing)


def _answers(call: Callable[[], object], *missing: str) -> bool:
    """Whether a call finds what it asks for; `missing` are the codes that say that it is not there."""
    try:
        call()
    except ClientError as error:
        if code_of(error) in missing:
            return False
        raise
    return True
