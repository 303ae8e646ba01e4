"""An empty account, emulated, and a session in it; and a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from moto.ec2.responses import EC2Response
from playwright.sync_api import Browser

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of
from highwater.deploy.packaging import package, template_files
from highwater.deploy.rules.facts import Caller
from tests.highwater.browser import chromium
from twin.aws.account import loader_of

REGION = "eu-west-1"
OWN_EBS_KEY = (
    "<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>alias/aws/ebs</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"
)

CONTROL_PLANE = """
Parameters: {ApiLogsRole: {Type: String, AllowedValues: [create, exists], Default: create}}
Resources:
  DeadLetters: {Type: 'AWS::SQS::Queue', Properties: {QueueName: highwater-dead-letters}}
  LedgerTable:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: ledger
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: cluster, AttributeType: S}]
      KeySchema: [{AttributeName: cluster, KeyType: HASH}]
"""


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """No credentials and no region of the machine's own are used."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    # Where the emulated CloudFormation makes a dashboard.
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # Each command has a session of its own; what AWS's services look like is read from disk once for all.
    monkeypatch.setattr("botocore.session.create_loader", loader_of)
    # moto read its images when it was imported: that this is set keeps it from making 1,300 at each start.
    monkeypatch.setenv("MOTO_AMIS_PATH", "unused")
    # moto lacks this one call.
    monkeypatch.setattr(EC2Response, "get_ebs_default_kms_key_id", lambda _: OWN_EBS_KEY, raising=False)
    with mock_aws():
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def caller(session: boto3.Session) -> Caller:
    return caller_of(session)


@pytest.fixture
def account(session: boto3.Session, caller: Caller) -> Account:
    return Account(session, caller)


@pytest.fixture
def plain_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> package.Package:
    """A package whose template needs no transform: the emulated CloudFormation has none."""
    built = package.Package(tmp_path / "deployment.zip", tmp_path / "control-plane.yaml")
    built.archive.write_bytes(b"code")
    built.template.write_text(CONTROL_PLANE)
    monkeypatch.setattr(package, "build", lambda: built)
    return built


@pytest.fixture
def plain_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The cluster's template without imports: the emulated change sets know none."""
    path = tmp_path / "cluster.yaml"
    path.write_text(re.sub(r"!ImportValue [a-z-]+", "imported", template_files.CLUSTER_TEMPLATE.read_text()))
    monkeypatch.setattr(template_files, "CLUSTER_TEMPLATE", path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser
