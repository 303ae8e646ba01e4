"""The facts are read from the account as it is. The emulated account permits more than AWS does."""

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from highwater.deploy.aws.account import Account
from highwater.deploy.rules.facts import Caller
from highwater.deploy.rules.templates import GROUP, NAME_PROPERTY, Name
from tests.highwater.account_scene import DeniedSession, create_group

TRUST = '{"Version": "2012-10-17", "Statement": []}'


def test_every_kind_of_name_that_is_taken_is_found(session: boto3.Session, account: Account) -> None:
    session.client("sqs").create_queue(QueueName="taken")
    session.client("sns").create_topic(Name="taken")
    session.client("iam").create_role(RoleName="taken", AssumeRolePolicyDocument=TRUST)
    session.client("logs").create_log_group(logGroupName="taken")
    session.client("logs").create_log_group(logGroupName="free-not")
    kms = session.client("kms")
    kms.create_alias(AliasName="alias/taken", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="taken",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=60,
        Statistic="Maximum",
        Threshold=1,
    )
    create_group(session, "taken")
    kinds = {
        "AWS::SQS::Queue": "",
        "AWS::SNS::Topic": "",
        "AWS::IAM::Role": "",
        "AWS::Logs::LogGroup": "",
        "AWS::KMS::Alias": "alias/",
        "AWS::CloudWatch::Alarm": "",
        GROUP: "",
    }
    assert kinds.keys() == NAME_PROPERTY.keys(), "each type whose name is fixed is looked up"
    taken = [Name(kind, f"{prefix}taken") for kind, prefix in kinds.items()]
    free = [Name(kind, f"{prefix}free") for kind, prefix in kinds.items()]
    assert account.taken([*free, *taken]) == tuple(taken)


def test_a_group_is_read_with_its_instances_sizes_and_tags(session: boto3.Session, account: Account) -> None:
    create_group(session, "highwater-trades-rdb", size=2)
    group = account.group("highwater-trades-rdb")
    assert group is not None
    assert (group.min_size, group.max_size, group.desired, len(group.instances)) == (2, 9, 2, 2)
    assert {state for _, state in group.instances} == {"InService"}
    assert group.tags["highwater:role"] == "rdb"
    assert account.rdb_groups() == (group,)
    assert account.group("highwater-bonds-rdb") is None


@pytest.mark.parametrize(("status", "bucket"), [(404, "free"), (403, "not ours"), (301, "elsewhere")])
def test_a_bucket_that_may_not_be_used_is_known_by_aws_answer(
    caller: Caller, status: int, bucket: str
) -> None:
    assert Account(DeniedSession("", status), caller).bucket("highwater-code") == bucket


def test_a_bucket_of_this_account_and_region_is_ours(session: boto3.Session, caller: Caller) -> None:
    session.client("s3").create_bucket(
        Bucket="highwater-code", CreateBucketConfiguration={"LocationConstraint": caller.region}
    )
    assert Account(session, caller).bucket("highwater-code") == "ours"
    assert Account(session, caller._replace(region="us-east-1")).bucket("highwater-code") == "elsewhere"


def test_a_role_for_api_logs_counts_only_while_it_exists(session: boto3.Session, account: Account) -> None:
    assert not account.api_logs_role_exists()
    role = session.client("iam").create_role(RoleName="api-logs", AssumeRolePolicyDocument=TRUST)["Role"][
        "Arn"
    ]
    session.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
    )
    assert account.api_logs_role_exists()
    session.client("iam").delete_role(RoleName="api-logs")
    assert not account.api_logs_role_exists()


def test_the_functions_that_may_run_at_a_time_are_read_where_that_is_allowed(
    session: boto3.Session, account: Account
) -> None:
    assert account.concurrency() is None
    limits = {"AccountLimit": {"ConcurrentExecutions": 20, "UnreservedConcurrentExecutions": 10}}
    answer = (AWSResponse("", 200, {}, None), limits)
    session.events.register("before-call.lambda.GetAccountSettings", lambda **_: answer)
    assert account.concurrency() == 10
