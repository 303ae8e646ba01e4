"""MiniStack, an emulator of AWS that shares nothing with ours, as a process of its own on loopback."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
from botocore.config import Config

from highwater.checkout import ROOT
from tests.ministack.certificate import Certificate, certificate
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.emulator import free_ports

PYTHON = ROOT / ".ministack" / "bin" / "python"
LOOPBACK = Path(__file__).parent / "loopback"
HEALTH = "/_ministack/health"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOOK_EVERY = 0.05
ROOT_KEY = {"AWS_ACCESS_KEY_ID": "root", "AWS_SECRET_ACCESS_KEY": "secret-of-root"}
# No call is sent again: a refusal is an answer.
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


class Server(NamedTuple):
    """A running MiniStack: every service of the account and region at one address."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """Return its address."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes a client of the SDK its client, as the root of the account."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CA_BUNDLE": str(self.certificate),
            "SSL_CERT_FILE": str(self.certificate),
            **ROOT_KEY,
        }

    def client(self, service: str, credentials: Any = None) -> Any:
        """Return a client, as root or with credentials of STS."""
        keys = credentials or {
            "AccessKeyId": ROOT_KEY["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": ROOT_KEY["AWS_SECRET_ACCESS_KEY"],
        }
        return boto3.session.Session().client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            verify=str(self.certificate),
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=ONCE,
        )

    @contextmanager
    def everywhere(self) -> Iterator[None]:
        """Be every host of AWS for this process, whatever its port."""
        anywhere = socket.getaddrinfo

        def here(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            if str(host).endswith(".amazonaws.com"):
                host, port = "127.0.0.1", self.port
            return anywhere(host, port, *args, **options)

        trusted = {"SSL_CERT_FILE": str(self.certificate)}
        with patch.object(socket, "getaddrinfo", here), patch.dict(os.environ, trusted):
            yield


@contextmanager
def ministack(folder: Path, **environment: str) -> Iterator[Server]:
    """Run MiniStack with IAM enforced and an empty account; its files and its log are in `folder`.

    `environment` reaches it and the functions that it runs.
    """
    (port,) = free_ports(1)
    ours = certificate(folder)
    server = Server(port, ours.certificate)
    log = folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            _command(port, ours),
            cwd=folder,
            env={**_environment(folder, server, ours), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _await(process, server, log)
        yield server
    finally:
        # With the functions that it runs.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _command(port: int, ours: Certificate) -> list[str]:
    if not PYTHON.exists():
        raise RuntimeError("MiniStack is not installed: make .ministack/ready")
    # Not `-m ministack`: with TLS that takes port 443 as well, if it may.
    return [
        *(str(PYTHON), "-m", "hypercorn", "ministack.app:app"),
        *(
            "--bind",
            f"127.0.0.1:{port}",
            "--keep-alive",
            "75",
            "--graceful-timeout",
            "0",
            "--log-level",
            "WARNING",
        ),
        *("--certfile", str(ours.certificate), "--keyfile", str(ours.key)),
    ]


def _environment(folder: Path, server: Server, ours: Certificate) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(LOOPBACK),
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(ours.certificate),
        "MINISTACK_SSL_KEY": str(ours.key),
        "GATEWAY_PORT": str(server.port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        **server.environment,
    }


def _await(process: "subprocess.Popen[bytes]", server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    while True:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", server.port, timeout=START_SECONDS, context=trusting
        )
        try:
            connection.request("GET", HEALTH)
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MiniStack did not start: {log.read_text()}") from None
        finally:
            connection.close()
        time.sleep(LOOK_EVERY)
