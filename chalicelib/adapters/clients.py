"""Clients of AWS, and what their errors mean."""

from functools import cache
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.contract.errors import HighwaterError

AWS_ERRORS = (BotoCoreError, ClientError)

# botocore's own defaults (60 s timeouts) outlive a function; three tries of 1 + 3 s fit into one.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=3)


class Unreadable(HighwaterError):
    """A call that reads failed: what is known stays as it was."""


class Outcome(msgspec.Struct, frozen=True):
    """The result of one acting call, with the sentence that is recorded.

    `refused` is certain: AWS did nothing. Any other failure may have taken effect all the same.
    """

    done: bool
    text: str
    refused: bool = False


@cache
def client(service: str, *, once: bool = False) -> Any:
    """Return one client per service and container; with `once` it never sends a call again."""
    config = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1})) if once else _CONFIG
    return boto3.client(service, config=config)


def failure(what: str, error: Exception) -> Outcome:
    """Return the outcome of an acting call that raised."""
    status = (
        error.response["ResponseMetadata"].get("HTTPStatusCode", 500)
        if isinstance(error, ClientError)
        else 500
    )
    return Outcome(False, f"{what} failed: {error}", refused=400 <= status < 500)
