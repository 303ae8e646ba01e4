"""An empty account, emulated, and a session in it."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.ec2.responses import EC2Response

from highwater.deploy.aws.account import Account
from highwater.deploy.aws.caller import caller_of
from highwater.deploy.rules.facts import Caller
from twin.aws.account import loader_of

REGION = "eu-west-1"
OWN_EBS_KEY = (
    "<GetEbsDefaultKmsKeyIdResponse><kmsKeyId>alias/aws/ebs</kmsKeyId></GetEbsDefaultKmsKeyIdResponse>"
)


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
