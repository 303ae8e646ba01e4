"""The functions of another release, as the embedded AWS calls them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, TextIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import ProtocolError

from chalicelib.contract.presigned import Unproven
from chalicelib.proof.verifier import Answer
from twin.aws.functions import Context
from twin.aws.wiring import Function
from twin.release.built import CHILDREN, Release

Fetch = Callable[[str, Mapping[str, str]], Answer]


class FunctionFailed(Exception):
    """A function of another release raised what this says."""


class OtherFunctions:
    """The process of a release's functions. What they ask of AWS is asked here, of this process's AWS."""

    def __init__(self, pipe: Connection, now: Callable[[], datetime], fetch: Fetch, log: TextIO) -> None:
        self._pipe = pipe
        self._now = now
        self._fetch = fetch
        self._log = log

    def handler(self, function: Function) -> Callable[[Any, Context], Any]:
        """Return what calls a function. It raises FunctionFailed where the function raises."""

        def call(event: Any, context: Context) -> Any:
            environment = {**function.environment, "AWS_LAMBDA_FUNCTION_NAME": function.name}
            send(self._pipe, ("call", function.handler, environment, self._now(), event, asdict(context)))
            return self._answered()

        return call

    def _answered(self) -> Any:
        """Answer questions until the function has its own answer."""
        while True:
            match received(self._pipe):
                case ("ask", service, operation, parameters, retries):
                    send(self._pipe, _asked(service, operation, parameters, retries))
                case ("fetch", url, headers):
                    send(self._pipe, self._fetched(url, headers))
                case ("done", answer, log):
                    self._log.write(log)
                    return answer
                case ("failed", sentence, log):
                    self._log.write(log)
                    raise FunctionFailed(sentence)
                case other:
                    raise NotImplementedError(other)

    def _fetched(self, url: str, headers: Mapping[str, str]) -> tuple[str, Any]:
        try:
            answer = self._fetch(url, headers)
        except Unproven as error:
            return "error", ProtocolError(str(error))
        return "answer", (answer.status, answer.body)


def _asked(service: str, operation: str, parameters: Any, retries: Mapping[str, Any]) -> tuple[str, Any]:
    client = _client(service, tuple(sorted(retries.items())), boto3.DEFAULT_SESSION)
    try:
        return "answer", client._make_api_call(operation, parameters)
    except (ClientError, BotoCoreError) as error:
        return "error", error


@cache
def _client(service: str, retries: tuple[tuple[str, Any], ...], session: Any) -> Any:
    return session.client(service, config=Config(retries=dict(retries)))


@contextmanager
def running(
    release: Release, now: Callable[[], datetime], fetch: Fetch, log: TextIO
) -> Iterator[OtherFunctions]:
    """Run the functions of a release in a process of their own, until this is left."""
    with process_of(release, "container.py", release.task_root) as pipe:
        yield OtherFunctions(pipe, now, fetch, log)


ENDED = "the process of another release ended: what it printed says why"


def send(pipe: Connection, message: Any) -> None:
    """Send a message to a release's process. Raises RuntimeError when that has ended."""
    try:
        pipe.send(message)
    except BrokenPipeError as error:
        raise RuntimeError(ENDED) from error


def received(pipe: Connection) -> Any:
    """Return the next message of a release's process. Raises RuntimeError when that has ended."""
    try:
        return pipe.recv()
    except (EOFError, ConnectionResetError) as error:
        raise RuntimeError(ENDED) from error


@contextmanager
def process_of(release: Release, script: str, root: os.PathLike[str]) -> Iterator[Connection]:
    """Run a script of a release on a folder, isolated from this checkout; it ends with its pipe."""
    assert release.tree is not None, "this checkout runs in this process"
    ours, theirs = Pipe()
    command = [sys.executable, "-I", str(release.tree / CHILDREN / script), str(root), str(theirs.fileno())]
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()]) as process:  # noqa: S603 - our own
        theirs.close()
        try:
            yield ours
        finally:
            ours.close()
            process.wait()
