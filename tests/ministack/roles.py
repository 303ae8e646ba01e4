"""Roles of MiniStack's IAM that the account's root may assume."""

import json
from contextlib import suppress
from typing import Any

import boto3

from twin.aws.cloudformation import ACCOUNT

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


def role(name: str) -> str:
    """Make a role if it is not there yet; its ARN."""
    iam: Any = boto3.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"
