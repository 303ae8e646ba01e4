"""A packaged function in AWS's own Lambda runtime: the Runtime Interface Emulator and the runtime client.

Beside its package the function finds `.venv-runtime` alone. Linux only, like the emulator.
"""

import http.client
import json
import os
import platform
import re
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from highwater.checkout import ROOT
from highwater.deploy.packaging.package import TASK_ROOT
from twin.aws.cloudformation import REGION
from twin.aws.wiring import Function

VENV = ROOT / ".venv-runtime"
PYTHON = VENV / "bin" / "python"
CARRIER = "lib/python*/site-packages/samcli/local/rapid"
MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}
PATH = "/2015-03-31/functions/function/invocations"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
CONNECT_EVERY = 0.01


class Answer(NamedTuple):
    """A function's answer, and the lines that it printed. Lambda retries an answer with `errorType`."""

    value: Any
    lines: tuple[str, ...]

    @property
    def logged(self) -> list[dict[str, Any]]:
        """Return its JSON lines: the structured log and the metrics."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    @property
    def milliseconds(self) -> float:
        """Return how long the handler took, by the emulator's own report."""
        return _reported(self.lines, r"INVOKE RTDONE\(.*duration: ([0-9.]+)ms\)")

    @property
    def init_milliseconds(self) -> float:
        """Return how long the start took before that. Raises LookupError when this was not the first call."""
        return _reported(self.lines, r"INIT REPORT\(durationMs: ([0-9.]+)\)")


class Emulator:
    """One running function. It starts up with its first call, as in Lambda."""

    def __init__(self, process: subprocess.Popen[bytes], log: IO[bytes], port: int, timeout: int) -> None:
        self._process = process
        self._log = log
        self._port = port
        self._timeout = timeout
        self._read = 0

    def call(self, event: Any) -> Answer:
        """Call the function and wait. Raises RuntimeError with what was printed when the start fails."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=self._timeout + START_SECONDS
        )
        self._connect(connection)
        try:
            connection.request("POST", PATH, json.dumps(event))
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        # The emulator has written the report of a call before it answers.
        lines = self._printed()
        if response.status != 200:
            raise RuntimeError(f"{response.status} {body.decode()}\n" + "\n".join(lines))
        return Answer(json.loads(body), lines)

    def _connect(self, connection: http.client.HTTPConnection) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return connection.connect()
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("\n".join(["the emulator did not start", *self._printed()])) from None
                time.sleep(CONNECT_EVERY)

    def _printed(self) -> tuple[str, ...]:
        # Not read(): the offset belongs to the processes that write.
        new = os.pread(self._log.fileno(), os.fstat(self._log.fileno()).st_size - self._read, self._read)
        self._read += len(new)
        return tuple(new.decode().splitlines())


def _reported(lines: Iterable[str], pattern: str) -> float:
    found = [float(match[1]) for line in lines if (match := re.search(pattern, line))]
    if len(found) != 1:
        raise LookupError(f"{len(found)} lines like {pattern}")
    return found[0]


@contextmanager
def emulated(task_root: Path, function: Function, environment: Mapping[str, str]) -> Iterator[Emulator]:
    """Run a function of an unzipped package, with the template's handler, timeout and environment.

    `environment` comes beside that. Nothing of this process's environment reaches the function.
    """
    with ExitStack() as stack:
        log = stack.enter_context(TemporaryFile())
        port, runtime_port = free_ports(2)
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [
                str(_emulator()),
                *("--log-level", "info"),
                *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
                *("--runtime-api-address", f"127.0.0.1:{runtime_port}"),
                *(str(PYTHON), "-m", "awslambdaric", function.handler),
            ],
            cwd=task_root,
            env={**_of_lambda(task_root, function), **_here(task_root, function.environment), **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stack.callback(_stop, process)
        yield Emulator(process, log, port, function.timeout)


def _here(task_root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Say of the folder that stands for /var/task what the template says of that."""
    return {name: value.replace(TASK_ROOT, str(task_root)) for name, value in environment.items()}


def _of_lambda(task_root: Path, function: Function) -> dict[str, str]:
    return {
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(task_root),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_SESSION_TOKEN": "embedded",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }


def _emulator() -> Path:
    found = list(VENV.glob(f"{CARRIER}/aws-lambda-rie-{MACHINES.get(platform.machine(), '')}"))
    if len(found) != 1:
        raise RuntimeError(f"no emulator for {platform.machine()} in {VENV}: make .venv-runtime/ready")
    return found[0]


def free_ports(number: int) -> list[int]:
    """Return ports of loopback that nothing listens on."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [int(server.getsockname()[1]) for server in taken]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the emulator, which ends its runtime; a runtime without its emulator ends by itself."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
