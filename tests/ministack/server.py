"""MiniStack, an emulator of AWS that shares nothing with ours, as a process of its own on loopback."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from highwater.checkout import ROOT
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.emulator import free_ports

PYTHON = ROOT / ".ministack" / "bin" / "python"
HEALTH = "/_ministack/health"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
LOOK_EVERY = 0.05
ROOT_KEY = {"AWS_ACCESS_KEY_ID": "root", "AWS_SECRET_ACCESS_KEY": "secret-of-root"}


class Server(NamedTuple):
    """A running MiniStack: every service of the account and region at one address."""

    port: int

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes a client of the SDK its client, as the root of the account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            **ROOT_KEY,
        }


@contextmanager
def ministack(folder: Path) -> Iterator[Server]:
    """Run MiniStack with IAM enforced and an empty account; its files and its log are in `folder`."""
    (port,) = free_ports(1)
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        **ROOT_KEY,
    }
    log = folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [str(PYTHON), "-m", "ministack"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await(process, port, log)
        yield Server(port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            connection.request("GET", HEALTH)
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"MiniStack did not start: {log.read_text()}")
        time.sleep(LOOK_EVERY)
