"""Commands of people on MiniStack, with exactly the permissions that docs/deploy.md names for them."""

import json
import os
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.proof.verifier import fetch
from highwater.checkout import ROOT
from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of
from highwater.deploy.aws.upload import Upload
from highwater.deploy.commands.deploy import facts_of
from highwater.deploy.packaging.template_files import read_template
from highwater.deploy.rehearsal.belongings import Belongings
from highwater.deploy.rehearsal.identity import Identity
from highwater.deploy.rehearsal.services import Services
from highwater.deploy.rehearsal.site import Row, Site
from highwater.deploy.rules.facts import Caller, ControlPlaneFacts
from tests.ministack.roles import assumed
from tests.ministack.server import Server
from twin.aws.cloudformation import ACCOUNT, REGION

NAME = "highwater-rehearsal-1"
# What MiniStack asks for beside (lacks.py): an action of its own, and two on all resources.
BATCH = "sqs:SendMessageBatch"
UNNAMED = ["cloudwatch:DescribeAlarms", "cloudwatch:DeleteAlarms"]


# What the table says in words.
IN_WORDS = {
    "change sets": ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet"),
    "its settings": ("PutBucketPublicAccessBlock", "PutEncryptionConfiguration", "PutBucketVersioning"),
}
WHOLE = ("lambda", "sqs", "sns", "kms", "dynamodb", "events", "logs", "cloudwatch", "apigateway")


def permissions(command: str) -> list[str]:
    """The actions that the table gives a command: by name, in words, or a service as a whole."""
    (row,) = [
        line
        for line in (ROOT / "docs" / "deploy.md").read_text().splitlines()
        if line.startswith(f"| `{command}`")
    ]
    listed = r"(\w+)(?: on `[^`]+`)? \(([^)]*)\)"
    actions = re.findall(r"`(\w+:\w+)`", row)
    for service, found in re.findall(listed, row):
        words = [action for phrase, meant in IN_WORDS.items() if phrase in found for action in meant]
        actions += [f"{service}:{action}" for action in [*re.findall(r"`(\w+\*?)`", found), *words]]
    rest = set(re.findall(r"\w+", re.sub(rf"{listed}|`[^`]*`", "", row)))
    return actions + [f"{service}:*" for service in WHOLE if service in rest]


def session(server: Server, *statements: dict[str, Any]) -> boto3.Session:
    """The session of a role that may do exactly this."""
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **s} for s in statements]}
    )
    assumed(server.client, "person")
    server.client("iam").put_role_policy(RoleName="person", PolicyName="row", PolicyDocument=document)
    keys = assumed(server.client, "person")
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=REGION,
    )


def site(server: Server, actions: list[str]) -> Site:
    """The account as somebody sees it who may do only this, on a rehearsal's own names."""
    named = [f"arn:aws:{service}" for service in ("dynamodb", "sqs", "cloudwatch", "iam")]
    resources = [f"{arn}:*:{ACCOUNT}:*{NAME[:19]}*" for arn in named]
    able = session(
        server,
        {"Action": [*actions, BATCH], "Resource": resources},
        {"Action": UNNAMED, "Resource": "*"},
    )
    caller = Caller(ACCOUNT, REGION, "aws", f"arn:aws:sts::{ACCOUNT}:assumed-role/person/ann")
    return Site(able, caller, NAME, lambda _: None, lambda: datetime.now(UTC), fetch, Belongings())


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


def deploying(server: Server, actions: list[str]) -> tuple[ControlPlaneFacts, str, str]:
    """What `deploy` finds out, and the names of a file that it uploads twice, by who may do only this."""
    on_bucket = [action for action in actions if action.startswith("s3:")]
    able = session(
        server,
        {"Action": sorted(set(actions) - set(on_bucket)), "Resource": "*"},
        {"Action": on_bucket, "Resource": ["arn:aws:s3:::highwater-code-*"]},
    )
    caller = caller_of(able)
    account = Account(able, caller)
    account.api_logs_role_exists()
    account.concurrency()
    facts = facts_of(account, caller, read_template(ROOT / "cloudformation" / "control-plane.yaml"))
    upload = Upload(able.client("s3"), caller, facts.bucket)
    new = uuid.uuid4().bytes
    return facts, upload.put(new, ".yaml"), upload.put(new, ".yaml")


def test_a_deployment_looks_and_uploads_with_no_more_than_its_row(reached: Server) -> None:
    facts, first, again = deploying(reached, permissions("deploy"))
    assert (facts.stack, facts.bucket, facts.taken, facts.exported) == (None, "free", (), frozenset())
    assert first == again


@pytest.mark.parametrize(
    "action", ["s3:PutObject", "cloudformation:DescribeStacks", "cloudformation:ListExports"]
)
def test_without_one_of_them_the_deployment_stops(reached: Server, action: str) -> None:
    with pytest.raises(ClientError, match=action):
        deploying(reached, [each for each in permissions("deploy") if each != action])
