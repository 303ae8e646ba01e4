"""Roles of MiniStack's IAM that the account's root may assume."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twin.aws.cloudformation import ACCOUNT

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
}


def assumed(client: Callable[[str], Any], name: str, *policies: str, session: str = "ann") -> Any:
    """The credentials of a role's session; the role is made with these managed policies if it is not there.

    The roles of instances trust EC2 alone. MiniStack's metadata service hands out credentials of no role, so
    these stand for what it would give.
    """
    iam = client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
