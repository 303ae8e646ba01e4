"""The control plane on MiniStack: the zip runs under its own roles, and EC2 Auto Scaling is the twin's."""

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import urllib3
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from highwater.deploy.packaging.package import Package
from tests.ministack.roles import assumed
from tests.ministack.server import Server, ministack
from twin.aws.cloudformation import REGION
from twin.aws.loopback import LoopbackAws
from twin.aws.package import BUCKET, KEY, translated

STACK = "highwater"
DEADLINE = 120.0
LOOK_EVERY = 0.05


class Deployed(NamedTuple):
    """The control plane in MiniStack; the groups and their instances are the twin's."""

    server: Server
    twin: LoopbackAws
    resources: Mapping[str, str]
    """The physical id by logical id."""
    left_out: frozenset[str]

    def call(self, function: str, event: Any) -> Any:
        """Invoke a function and wait for what it returns. Raises RuntimeError with its log."""
        answer = self.server.client("lambda").invoke(
            FunctionName=self.resources[function], Payload=json.dumps(event), LogType="Tail"
        )
        if "FunctionError" in answer:
            raise RuntimeError(base64.b64decode(answer["LogResult"]).decode())
        return json.loads(answer["Payload"].read())

    def ask(self, method: str, path: str, body: Any = None, caller: Any = None) -> tuple[int, Any]:
        """Send a request to the API, signed by a role's credentials; else as root."""
        caller = caller or assumed(self.server.client, "operator", self.resources["OperatorPolicy"])
        url = f"{self.server.url}/restapis/{self.resources['RestAPI']}/v1/_user_request_{path}"
        text = None if body is None else json.dumps(body)
        request = AWSRequest(method=method, url=url, data=text, headers={"Content-Type": "application/json"})
        keys = Credentials(caller["AccessKeyId"], caller["SecretAccessKey"], caller["SessionToken"])
        SigV4Auth(keys, "execute-api", REGION).add_auth(request)
        with urllib3.PoolManager(ca_certs=str(self.server.certificate)) as http:
            answer = http.request(method, url, body=text, headers=dict(request.headers), retries=False)
        return answer.status, json.loads(answer.data)

    def queued(self) -> dict[str, int]:
        """How many wake-ups are visible, and how many in flight."""
        names = {"visible": "ApproximateNumberOfMessages", "flying": "ApproximateNumberOfMessagesNotVisible"}
        found = self.server.client("sqs").get_queue_attributes(
            QueueUrl=self.resources["WakeUps"], AttributeNames=list(names.values())
        )["Attributes"]
        return {name: int(found[attribute]) for name, attribute in names.items()}

    def group(self, cluster: str) -> Any:
        """The cluster's group as EC2 Auto Scaling shows it."""
        answer = boto3.client("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[f"highwater-{cluster}-rdb"]
        )
        return answer["AutoScalingGroups"][0]


def awaited[T](look: Callable[[], T | None]) -> T:
    """What `look` finds, in real time. Raises AssertionError at the deadline."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(LOOK_EVERY)
    return found


@contextmanager
def deployed(built: Package, folder: Path) -> Iterator[Deployed]:
    """Deploy the control plane; calls of EC2 Auto Scaling alone go to the twin."""
    twin = LoopbackAws()
    with twin.running(built):
        plain = translated(yaml.safe_load(built.template.read_text()))
        left_out = _leave_out(plain)
        _allow_for_ministack(plain)
        with ministack(folder, AWS_ENDPOINT_URL_AUTO_SCALING=twin.url) as server:
            s3 = server.client("s3")
            s3.create_bucket(Bucket=BUCKET)
            s3.put_object(Bucket=BUCKET, Key=KEY, Body=built.archive.read_bytes())
            resources = _create(server.client("cloudformation"), plain)
            # The tests say when it is time to look.
            events = server.client("events")
            for rule in events.list_rules()["Rules"]:
                if "ScheduleExpression" in rule:
                    events.disable_rule(Name=rule["Name"])
            yield Deployed(server, twin, resources, left_out)


def _create(cloudformation: Any, template: Mapping[str, Any]) -> dict[str, str]:
    cloudformation.create_stack(
        StackName=STACK, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    def over() -> Any:
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    stack = awaited(over)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    shown = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in shown}


def _leave_out(template: dict[str, Any]) -> frozenset[str]:
    """Drop what MiniStack cannot create or reads wrongly (`lacks.py`); return the logical ids."""
    left_out = {
        name
        for name, resource in template["Resources"].items()
        if (resource["Type"], "Metrics" in resource["Properties"]) == ("AWS::CloudWatch::Alarm", True)
        or (resource["Type"], "aws:PrincipalArn" in str(resource)) == ("AWS::SQS::QueuePolicy", True)
    }
    for name in left_out:
        del template["Resources"][name]
    return frozenset(left_out)


def _allow_for_ministack(template: Mapping[str, Any]) -> None:
    """Allow what MiniStack takes for another action or has no condition key for (`lacks.py`)."""
    for resource in template["Resources"].values():
        for policy in resource["Properties"].get("Policies", []) if "Role" in resource["Type"] else []:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                named = [actions] if isinstance(actions, str) else list(actions)
                if "sqs:SendMessage" in named:
                    statement["Action"] = [*named, "sqs:SendMessageBatch"]
                if "dynamodb:LeadingKeys" in str(statement.get("Condition")):
                    del statement["Condition"]
