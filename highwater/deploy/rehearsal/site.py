"""Where a rehearsal takes place, and the rows that it writes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import boto3
import msgspec
from botocore.exceptions import ClientError

from chalicelib.adapters.clients import AWS_ERRORS, FailedCall
from chalicelib.proof.verifier import Fetch
from highwater.deploy.aws.caller import code_of
from highwater.deploy.rehearsal.belongings import Belongings
from highwater.deploy.rules.facts import Caller
from highwater.deploy.rules.steps import STEPS, StepId
from highwater.terminal import Failed

Trial = Callable[[], tuple[str, bool]]
"""Tries one step; returns what AWS said, and whether that is as expected."""


@dataclass(frozen=True)
class Site:
    """One account and region; whatever is created there is called `name`, or begins with it."""

    session: boto3.Session
    caller: Caller
    name: str
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    fetch: Fetch
    belongings: Belongings


class Row(msgspec.Struct, frozen=True):
    """One step as it went: `breaks` is what in Highwater rests on it."""

    step: StepId
    tried: str
    expected: str
    seen: str
    same: bool
    breaks: str


class Stuck(Exception):
    """A step cannot be tried, because an earlier one went wrong; the message says how."""


def row(step: StepId, trial: Trial) -> Row:
    """Try one step. An error of AWS is what was seen."""
    try:
        seen, same = trial()
    except ClientError as error:
        seen, same = f"{error.operation_name} answered {words(error)}", False
    except (Stuck, Failed, FailedCall, *AWS_ERRORS) as error:
        seen, same = str(error), False
    tried, expected, breaks = STEPS[step]
    return Row(step, tried, expected, seen, same, breaks)


def words(error: ClientError) -> str:
    """Return AWS's code and message."""
    return f"{code_of(error)}: {error.response.get('Error', {}).get('Message', 'no reason given')}"
