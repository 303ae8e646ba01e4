"""The caller is known before anything is asked, and AWS's errors become sentences with what to do."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from highwater.deploy.aws.caller import caller_of, error_sentence, reading, supported_regions
from highwater.terminal import Refused
from tests.highwater.account_scene import DeniedSession


def test_the_caller_is_the_account_behind_the_credentials(session: boto3.Session) -> None:
    caller = caller_of(session)
    assert (caller.account, caller.region, caller.partition) == ("123456789012", "eu-west-1", "aws")


def test_without_credentials_the_operator_is_told_to_log_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match=r"No credentials that can be used .* log in \(`aws configure`"):
        caller_of(boto3.Session(region_name="eu-west-1"))


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_credentials_that_aws_does_not_accept_are_to_be_renewed(code: str) -> None:
    with pytest.raises(
        Refused, match=rf"does not accept these credentials in eu-west-1 \({code}\): renew them"
    ):
        caller_of(DeniedSession(code))


def test_a_region_without_a_service_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(Refused, match=r"--region us-gov-west-1: is not supported, use one of .*eu-west-1"):
        caller_of(boto3.Session(region_name="us-gov-west-1"))


def test_every_region_that_is_supported_is_a_commercial_one() -> None:
    regions = supported_regions(boto3.Session())
    assert {"us-east-1", "eu-west-1", "ap-northeast-1"} <= regions
    assert not [region for region in regions if region.startswith(("cn-", "us-gov-", "us-iso"))]


def test_an_error_while_the_account_is_only_read_is_a_refusal() -> None:
    answer: Any = {"Error": {"Code": "AccessDenied", "Message": "not you"}}
    with (
        pytest.raises(Refused, match=r"answered DescribeSubnets with AccessDenied \(not you\)"),
        reading(),
    ):
        raise ClientError(answer, "DescribeSubnets")


def test_credentials_that_expire_meanwhile_are_to_be_renewed() -> None:
    answer: Any = {"Error": {"Code": "ExpiredToken", "Message": "expired"}}
    with (
        pytest.raises(Refused, match=r"any more \(ExpiredToken\): renew them, then run this again"),
        reading(),
    ):
        raise ClientError(answer, "DescribeSubnets")


def test_aws_that_cannot_be_reached_is_said_so() -> None:
    with pytest.raises(Refused, match=r"cannot be reached .*: fix the network or the proxy"), reading():
        raise EndpointConnectionError(endpoint_url="https://ec2.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    ("message", "todo"),
    [
        ("not you", "allow it in your own policy (docs/deploy.md, Permissions)"),
        (
            "not authorized to perform: x with an explicit deny in a service control policy",
            "ask who administers the account for an exception from that service control policy",
        ),
    ],
)
def test_a_denial_says_who_can_lift_it(message: str, todo: str) -> None:
    answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": message}}
    sentence = error_sentence(ClientError(answer, "CreateFunction"))
    assert sentence == (
        f"AWS answered CreateFunction with AccessDeniedException ({message}): {todo}, then run this again."
    )
