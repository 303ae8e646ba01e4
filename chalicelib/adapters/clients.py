"""Clients of AWS, and what their errors mean."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import current_thread
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError
from botocore.parsers import ResponseParserError

from chalicelib.contract.errors import HighwaterError
from chalicelib.core.facts.text import cut

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

# Of botocore's ten connections of a client.
AT_ONCE, POOL = 8, "reads"
# botocore's own defaults (60 s timeouts) outlive a function; three tries of 1 + 3 s fit into one.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=1, read_timeout=3)


class FailedCall(HighwaterError):
    """AWS refused a call or did not answer it; the message names the operation and the error."""


class Unreadable(FailedCall):
    """A call that reads failed: what is known stays as it was."""


class Unwritten(FailedCall):
    """A call that stores or sends failed; it may have taken effect all the same."""


class Outcome(msgspec.Struct, frozen=True):
    """The result of one acting call, with the sentence that is recorded.

    `refused` is certain: AWS did nothing. Any other failure may have taken effect all the same. It is
    `as_meant` where AWS did what was asked.
    """

    done: bool
    text: str
    refused: bool = False
    as_meant: bool = False


@cache
def client(service: str, *, once: bool = False) -> Any:
    """Return one client per service and container; with `once` it never sends a call again."""
    config = _CONFIG.merge(Config(retries={"mode": "standard", "total_max_attempts": 1})) if once else _CONFIG
    return boto3.client(service, config=config)


# Takes calls that read, and returns for each its answer, or why there is none.
type Together = Callable[[Sequence[Callable[[], Any]]], list[Any]]


def in_order(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make some calls one after the other."""
    return [_answer_of(call) for call in calls]


def side_by_side(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make some calls at the same time: a function waits for the slowest alone.

    A call that makes others is in a thread already, and makes them in order: waiting for a free thread it
    would hold the one that another such call waits for.
    """
    if len(calls) < 2 or current_thread().name.startswith(POOL):
        return in_order(calls)
    return list(_threads().map(_answer_of, calls))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, POOL)


def _answer_of(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Unreadable as error:
        return error


def taken[T](answer: T | Unreadable) -> T:
    """Return an answer. Raises Unreadable where there is none."""
    if isinstance(answer, Unreadable):
        raise answer
    return answer


def read[T](operation: str, call: Callable[[], T]) -> T:
    """Return what a call that reads answers. Raises Unreadable naming the operation."""
    try:
        return call()
    except AWS_ERRORS as error:
        raise Unreadable(f"{operation} failed: {cut(str(error))}") from error


def write[T](operation: str, call: Callable[[], T]) -> T:
    """Return what a call that stores or sends answers. Raises Unwritten naming the operation."""
    try:
        return call()
    except AWS_ERRORS as error:
        raise Unwritten(f"{operation} failed: {cut(str(error))}") from error


def again_if_broken[T](call: Callable[[], T]) -> T:
    """Return what a call answers, sent once more if its connection was closed: for what may be done twice."""
    try:
        return call()
    except ConnectionClosedError:
        return call()


def act(what: str, call: Callable[[], object], done_already: str = "") -> Outcome:
    """Return the outcome of an acting call; `done_already` is in AWS's error where nothing is left to do."""
    try:
        call()
    except AWS_ERRORS as error:
        if done_already and done_already in str(error):
            return Outcome(True, f"{what}: {done_already}")
        return Outcome(False, f"{what} failed: {cut(str(error))}", refused=_refused(error))
    return Outcome(True, what, as_meant=True)


def code_of(error: Exception) -> str:
    """Return AWS's code of an error; empty where AWS did not answer."""
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else ""


def _refused(error: Exception) -> bool:
    if not isinstance(error, ClientError):
        return False
    status: int = error.response["ResponseMetadata"].get("HTTPStatusCode", 500)
    return 400 <= status < 500
