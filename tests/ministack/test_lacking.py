"""What MiniStack has not got, or has otherwise than AWS: each test here is on the list, and fails for now.

It is why calls of EC2 Auto Scaling go to the twin, and why the stack is created without some resources.
"""

import io
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from zipfile import ZipFile

import pytest
import urllib3

from tests.ministack.roles import assumed
from tests.ministack.server import Server
from tests.ministack.stack import awaited
from twin.aws.cloudformation import ACCOUNT, REGION

GROUP = "highwater-trades-rdb"
TAG = {"Key": "highwater:role", "Value": "rdb", "PropagateAtLaunch": True}


@pytest.fixture(scope="module")
def autoscaling(server: Server) -> Iterator[Any]:
    """A group of one instance with a tag."""
    ec2, client = server.client("ec2"), server.client("autoscaling")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    data = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3a.medium"}
    template = ec2.create_launch_template(LaunchTemplateName="rdb", LaunchTemplateData=data)
    client.create_auto_scaling_group(
        AutoScalingGroupName=GROUP,
        MinSize=0,
        MaxSize=3,
        DesiredCapacity=1,
        VPCZoneIdentifier=subnet,
        LaunchTemplate={"LaunchTemplateId": template["LaunchTemplate"]["LaunchTemplateId"], "Version": "1"},
        Tags=[{**TAG, "ResourceId": GROUP, "ResourceType": "auto-scaling-group"}],
    )
    yield client
    client.delete_auto_scaling_group(AutoScalingGroupName=GROUP, ForceDelete=True)


def described(client: Any) -> Any:
    return client.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])["AutoScalingGroups"][0]


def test_groups_are_filtered_by_a_tag(autoscaling: Any) -> None:
    nobody = [{"Name": "tag:highwater:role", "Values": ["nobody"]}]
    assert autoscaling.describe_auto_scaling_groups(Filters=nobody)["AutoScalingGroups"] == []


def test_a_process_is_suspended(autoscaling: Any) -> None:
    autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Terminate"])
    assert [each["ProcessName"] for each in described(autoscaling)["SuspendedProcesses"]] == ["Terminate"]


def test_an_instance_is_protected_from_scale_in(autoscaling: Any) -> None:
    (member,) = described(autoscaling)["Instances"]
    autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[member["InstanceId"]], ProtectedFromScaleIn=True
    )
    assert described(autoscaling)["Instances"][0]["ProtectedFromScaleIn"]


def test_exactly_the_named_instance_is_terminated(autoscaling: Any) -> None:
    (member,) = described(autoscaling)["Instances"]
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=member["InstanceId"], ShouldDecrementDesiredCapacity=True
    )
    assert described(autoscaling)["DesiredCapacity"] == 0


def test_a_tag_of_a_group_decides_who_may_act_on_it(server: Server, autoscaling: Any) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/highwater:role": "rdb"}}
    caller = allowed(server, "tagged", "autoscaling:SetDesiredCapacity", condition)
    server.client("autoscaling", caller).set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=1)
    assert described(autoscaling)["DesiredCapacity"] == 1


def test_an_alarm_may_watch_an_expression(server: Server) -> None:
    properties = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "Metrics": [{"Id": "m", "Expression": "1 + 1", "Period": 60}],
    }
    resources = {"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}
    cloudformation = server.client("cloudformation")
    cloudformation.create_stack(StackName="alarm", TemplateBody=json.dumps({"Resources": resources}))

    def over() -> str | None:
        status: str = cloudformation.describe_stacks(StackName="alarm")["Stacks"][0]["StackStatus"]
        return None if status.endswith("IN_PROGRESS") else status

    assert awaited(over) == "CREATE_COMPLETE"


def test_the_principal_arn_of_a_roles_session_is_the_role(server: Server) -> None:
    condition = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/principal"}}
    caller = allowed(server, "principal", "sqs:ListQueues", condition)
    assert server.client("sqs", caller).list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_who_may_send_a_message_may_send_a_batch(server: Server) -> None:
    queue = server.client("sqs").create_queue(QueueName="batch")["QueueUrl"]
    caller = allowed(server, "sender", "sqs:SendMessage")
    entries = [{"Id": "one", "MessageBody": "one"}]
    answer = server.client("sqs", caller).send_message_batch(QueueUrl=queue, Entries=entries)
    assert [sent["Id"] for sent in answer["Successful"]] == ["one"]


def test_the_partition_of_an_item_decides_who_may_write_it(server: Server) -> None:
    keys = {"cluster": "HASH", "item": "RANGE"}
    server.client("dynamodb").create_table(
        TableName="fenced",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    key = "dynamodb:LeadingKeys"
    fence = {"ForAllValues:StringLike": {key: "*#commands"}, "Null": {key: "false"}}
    dynamodb = server.client("dynamodb", allowed(server, "writer", "dynamodb:PutItem", fence))
    item = {"cluster": {"S": "trades#commands"}, "item": {"S": "c1#asked"}}
    assert dynamodb.put_item(TableName="fenced", Item=item)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_the_alarms_that_are_named_may_be_deleted_and_described(server: Server) -> None:
    alarm = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:named"
    caller = allowed(server, "describer", "cloudwatch:De*", resource=alarm)
    cloudwatch = server.client("cloudwatch", caller)
    cloudwatch.delete_alarms(AlarmNames=["named"])
    assert cloudwatch.describe_alarms(AlarmNames=["named"])["MetricAlarms"] == []


def test_a_message_of_a_topic_comes_to_a_function_with_its_subject(server: Server) -> None:
    awaits, sns = server.client("lambda"), server.client("sns")
    role = f"arn:aws:iam::{ACCOUNT}:role/hearer"
    allowed(server, "hearer", "logs:*")
    code = io.BytesIO()
    with ZipFile(code, "w") as archive:
        archive.writestr(
            "heard.py", "def handler(event, _):\n    print('HEARD', sorted(event['Records'][0]['Sns']))\n"
        )
    function = awaits.create_function(
        FunctionName="hearer",
        Runtime="python3.13",
        Role=role,
        Handler="heard.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    topic = sns.create_topic(Name="heard")["TopicArn"]
    awaits.add_permission(
        FunctionName="hearer",
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="{}")
    logs = server.client("logs")

    def heard() -> str | None:
        with suppress(logs.exceptions.ResourceNotFoundException):
            for event in logs.filter_log_events(logGroupName="/aws/lambda/hearer")["events"]:
                if "HEARD" in event["message"]:
                    return str(event["message"])
        return None

    assert {"'Subject'", "'MessageAttributes'"} <= set(re.findall(r"'\w+'", awaited(heard)))


def test_the_metadata_service_hands_out_the_credentials_of_a_role(server: Server) -> None:
    path = f"{server.url}/latest/meta-data/iam/security-credentials/"
    with urllib3.PoolManager(ca_certs=str(server.certificate)) as http:
        role = http.request("GET", path).data.decode()
        given = json.loads(http.request("GET", path + role).data)
    keys = {**given, "SessionToken": given["Token"]}
    assert ":assumed-role/" in server.client("sts", keys).get_caller_identity()["Arn"]


def test_a_state_that_is_set_is_an_event(server: Server) -> None:
    events, sqs, cloudwatch = (server.client(name) for name in ("events", "sqs", "cloudwatch"))
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:alarms"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": arn}])
    cloudwatch.put_metric_alarm(
        AlarmName="set",
        Namespace="Highwater",
        MetricName="MemoryUtilization",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="set", StateValue="ALARM", StateReason="rehearsed")
    assert "Messages" in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


def allowed(server: Server, role: str, action: str, condition: Any = None, resource: str = "*") -> Any:
    """The credentials of a role that one statement allows one action."""
    assumed(server.client, role)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition or {}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    server.client("iam").put_role_policy(RoleName=role, PolicyName="one", PolicyDocument=document)
    return assumed(server.client, role)
