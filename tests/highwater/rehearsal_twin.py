"""The embedded AWS as a rehearsal finds it: everything is as expected, unless a test changes that."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.session import Session

from chalicelib.proof.verifier import Fetch
from highwater.deploy.commands.rehearse import perform
from highwater.deploy.rehearsal.belongings import Belongings
from highwater.deploy.rehearsal.site import Row, Site
from highwater.deploy.rehearsal.trials import rehearse
from highwater.deploy.rules.facts import Caller
from twin.aws.account import loader_of
from twin.aws.clock import Clock
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.sts import Sts

NAME = "highwater-rehearsal-1"
IMAGE = "ami-12c6146b"  # one that moto knows


class Twin:
    """AWS over the wire, on a clock that only sleeping moves; STS is strict about what is presigned."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.belongings = Belongings()
        self.sts = Sts(ACCOUNT, REGION, clock.now)
        self.fetch: Fetch = self.sts.answer
        # One loader for all: reading EC2's model takes longer than a rehearsal.
        core = Session()
        core.register_component("data_loader", loader_of(None))
        self.session = boto3.Session(botocore_session=core)
        self.sleeps = 0
        self.interrupted_at = 0
        self.forgiving = False
        self.session.events.register("after-call.sts.AssumeRole", self._assumed)

    def sleep(self, seconds: float) -> None:
        self.sleeps += 1
        if self.sleeps == self.interrupted_at:
            raise KeyboardInterrupt
        self.clock.run_until(self.clock.now() + timedelta(seconds=seconds))

    def _assumed(self, parsed: dict[str, Any], **_: Any) -> None:
        """The credentials of a session are the strict STS's."""
        arn = parsed["AssumedRoleUser"]["Arn"]
        given = self.sts.credentials(*arn.split("/")[1:])
        parsed["Credentials"] |= {
            "AccessKeyId": given.access_key,
            "SecretAccessKey": given.secret_key,
            "SessionToken": given.token,
        }

    def rows(self) -> Iterator[Row]:
        subnet = self.session.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        caller = Caller(ACCOUNT, REGION, "aws", f"arn:aws:iam::{ACCOUNT}:user/operator")
        site = Site(
            session=self.session,
            caller=caller,
            name=NAME,
            sleep=self.sleep,
            now=self.clock.now,
            fetch=self.fetch,
            belongings=self.belongings,
        )
        return rehearse(site, subnet, IMAGE)

    def perform(self, *, as_json: bool = False) -> int:
        return perform(self.rows(), self.belongings, as_json=as_json)

    def alter(self, operation: str, change: Callable[[dict[str, Any]], None]) -> None:
        """An EC2 Auto Scaling that does not see a call as it was made."""
        event = f"provide-client-params.autoscaling.{operation}"
        self.session.events.register(event, lambda params, **_: change(params))

    def refuse(self, operation: str) -> None:
        """An account that may not call something."""

        def refused(**_: Any) -> None:
            if self.forgiving:
                return
            denied: Any = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
            raise ClientError(denied, operation)

        self.session.events.register(f"before-call.*.{operation}", refused)

    def interrupt(self, operation: str) -> None:
        """Somebody who presses Ctrl-C at the moment of a call."""

        def interrupted(**_: Any) -> None:
            if not self.forgiving:
                raise KeyboardInterrupt

        self.session.events.register(f"before-call.*.{operation}", interrupted)

    def left(self) -> list[str]:
        """Everything that a rehearsal creates, and every running instance."""
        autoscaling, ec2 = self.session.client("autoscaling"), self.session.client("ec2")
        iam, alarms = self.session.client("iam"), self.session.client("cloudwatch").describe_alarms()
        others = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        others += [alarm["AlarmName"] for alarm in alarms["MetricAlarms"]]
        others += self.session.client("dynamodb").list_tables()["TableNames"]
        others += self.session.client("sqs").list_queues().get("QueueUrls", [])
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        templates = ec2.describe_launch_templates()["LaunchTemplates"]
        running = ec2.describe_instances(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
        instances = [i["InstanceId"] for r in running["Reservations"] for i in r["Instances"]]
        names = [g["AutoScalingGroupName"] for g in groups] + [t["LaunchTemplateName"] for t in templates]
        return [*names, *instances, *others]

    def clear(self) -> None:
        """Take away what a test left on purpose."""
        self.forgiving = True
        self.belongings.give_back()
        ec2 = self.session.client("ec2")
        for template in ec2.describe_launch_templates()["LaunchTemplates"]:
            ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])
