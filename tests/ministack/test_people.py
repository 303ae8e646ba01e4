"""Commands of people on MiniStack, with exactly the permissions that docs/deploy.md names for them."""

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import boto3
import pytest

from chalicelib.proof.verifier import fetch
from highwater.checkout import ROOT
from highwater.deploy.rehearsal.belongings import Belongings
from highwater.deploy.rehearsal.identity import Identity
from highwater.deploy.rehearsal.services import Services
from highwater.deploy.rehearsal.site import Row, Site
from highwater.deploy.rules.facts import Caller
from tests.ministack.roles import assumed
from tests.ministack.server import Server
from twin.aws.cloudformation import ACCOUNT, REGION

NAME = "highwater-rehearsal-1"
# What MiniStack asks for beside (lacks.py): an action of its own, and two on all resources.
BATCH = "sqs:SendMessageBatch"
UNNAMED = ["cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"]


def permissions(command: str) -> list[str]:
    """The actions that the table gives a command by name; a service that it gives whole is not among them."""
    (row,) = [
        line
        for line in (ROOT / "docs" / "deploy.md").read_text().splitlines()
        if line.startswith(f"| `{command}`")
    ]
    named = re.findall(r"(\w+) \(((?:`\w+\*?`(?:, )?)+)\)", row)
    whole = re.findall(r"`(\w+:\w+)`", row)
    return [
        f"{service}:{action}" for service, found in named for action in re.findall(r"`(\w+\*?)`", found)
    ] + whole


def site(server: Server, actions: list[str]) -> Site:
    """The account as somebody sees it who may do only this, on a rehearsal's own names."""
    named = [f"arn:aws:{service}" for service in ("dynamodb", "sqs", "cloudwatch", "iam")]
    resources = [f"{arn}:*:{ACCOUNT}:*{NAME[:19]}*" for arn in named]
    statements = [
        {"Effect": "Allow", "Action": [*actions, BATCH], "Resource": resources},
        {"Effect": "Allow", "Action": UNNAMED, "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    assumed(server.client, "rehearser")
    server.client("iam").put_role_policy(RoleName="rehearser", PolicyName="row", PolicyDocument=document)
    keys = assumed(server.client, "rehearser")
    session = boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=REGION,
    )
    caller = Caller(ACCOUNT, REGION, "aws", f"arn:aws:sts::{ACCOUNT}:assumed-role/rehearser/ann")
    return Site(session, caller, NAME, lambda _: None, lambda: datetime.now(UTC), fetch, Belongings())


@pytest.fixture
def reached(server: Server) -> Iterator[Server]:
    """MiniStack behind every session of this process."""
    with server.everywhere(), patch.dict(os.environ, server.environment):
        yield server


def rehearsed(at: Site) -> tuple[dict[str, Row], tuple[str, ...]]:
    """The steps that need no instance, and what is left afterwards."""
    rows = [*Services(at).rows(), *Identity(at).rows()]
    return {row.step: row for row in rows}, at.belongings.give_back()


def test_the_rehearsal_needs_no_more_than_its_row_and_every_step_is_as_expected(reached: Server) -> None:
    rows, left = rehearsed(site(reached, permissions("rehearse")))
    assert {step: row.seen for step, row in rows.items() if not row.same} == {}
    assert left == ()


@pytest.mark.parametrize(
    "action", ["dynamodb:Query", "dynamodb:PutItem", "sqs:CreateQueue", "iam:CreateRole"]
)
def test_without_one_of_them_a_step_is_different_and_says_which(reached: Server, action: str) -> None:
    rows, _ = rehearsed(site(reached, [each for each in permissions("rehearse") if each != action]))
    assert any(action in row.seen for row in rows.values() if not row.same)
