"""The embedded AWS behind a port, with the strict groups, for the AWS CLI: a process that is not ours."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from twin.aws.account import ENVIRONMENT, account
from twin.aws.loopback import served

GROUP = "highwater-trades-rdb"
CLI = Path(__file__).resolve().parents[2] / ".venv-awscli" / "bin"
# Launches, and what ends, take less.
SETTLED = timedelta(minutes=2)


def shell(command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command line as q's `system` does, with the AWS CLI in the path and no settings of ours."""
    environment = {
        **ENVIRONMENT,
        "PATH": f"{CLI}:{os.defpath}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        **settings,
    }
    return subprocess.run(  # noqa: S603 - the command lines of aws.q
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False
    )


class Server:
    """One account with one group of two hosts in service."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    @contextmanager
    def running(self) -> Iterator[None]:
        """From here on this process's AWS is this one too."""
        with account(self._now) as wire, served() as self._url:
            self._groups = wire.groups
            self._create_group()
            yield

    def settle(self) -> None:
        """Lets the group do what was asked of it."""
        self._ahead += SETTLED
        self._groups.advance()

    def desired(self) -> int:
        """The group's DesiredCapacity."""
        return int(self._group()["DesiredCapacity"])

    def members(self) -> list[str]:
        """The instances in service."""
        return [
            member["InstanceId"]
            for member in self._group()["Instances"]
            if member["LifecycleState"] == "InService"
        ]

    def shell(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command line with this AWS behind the AWS CLI."""
        return shell(command, AWS_ENDPOINT_URL=self._url)

    def _group(self) -> dict[str, Any]:
        answer = self._groups.call("DescribeAutoScalingGroups", {"AutoScalingGroupNames": [GROUP]})
        return dict(answer["AutoScalingGroups"][0])

    def _create_group(self) -> None:
        subnet = boto3.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        template = boto3.client("ec2").create_launch_template(
            LaunchTemplateName="rdb",
            LaunchTemplateData={"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3a.medium"},
        )["LaunchTemplate"]
        boto3.client("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=GROUP,
            MinSize=1,
            MaxSize=4,
            DesiredCapacity=2,
            VPCZoneIdentifier=subnet,
            LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
        )
        self.settle()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@contextmanager
def running_server() -> Iterator[Server]:
    """A server with its group."""
    server = Server()
    with server.running():
        yield server
