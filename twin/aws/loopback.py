"""The embedded AWS in real time behind an address on loopback, for functions in processes of their own."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

import yaml
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from highwater.deploy.packaging.package import Package
from highwater.deploy.rules.templates import CLUSTER_TEMPLATE, read_template
from twin.aws import package
from twin.aws.account import account
from twin.aws.cloudformation import default_network, deploy
from twin.aws.metrics import MetricStore
from twin.aws.service import Service
from twin.aws.wiring import wiring

# Auto Scaling launches an instance within a minute, and lets go of one as fast.
A_LAUNCH = timedelta(minutes=2)


class LoopbackAws:
    """One account and region at `url`.

    Events and messages to functions go nowhere: whoever uses it calls the functions. The groups' clock is
    ahead of real time by what `settle` let pass.
    """

    def __init__(self) -> None:
        self.metrics = MetricStore()
        self.published: list[tuple[str, str]] = []
        self._ahead = timedelta()

    @contextmanager
    def running(self, built: Package) -> Iterator[None]:
        """Deploys the control plane; from here on this process's AWS is this one too."""
        with account(self._now, metrics=self.metrics, published=self._publish) as wire, served() as self.url:
            self.groups = wire.groups
            self._network = default_network()
            sam = yaml.safe_load(built.template.read_text())
            self.wiring = wiring(package.deploy_control_plane(sam, built.archive))
            yield

    def deploy_cluster(self, cluster: str) -> None:
        """A cluster's stack with its first instances in service."""
        values = {"Cluster": cluster, **self._network}
        deploy(f"highwater-{cluster}", read_template(CLUSTER_TEMPLATE), values)
        self.settle()

    def settle(self) -> None:
        """Lets the groups do what was asked of them."""
        self._ahead += A_LAUNCH
        self.groups.advance()

    def _publish(self, topic: str, message: str) -> None:
        self.published.append((topic, message))

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@contextmanager
def served() -> Iterator[str]:
    """This process's moto behind an address on loopback, for clients that are not ours."""
    with Service(Door) as service:
        yield service.url


class Door(BaseHTTPRequestHandler):
    """Hands each request to the moto of this process, as if its own SDK had sent it.

    It takes one request at a time: hold `lock` to work on the same account meanwhile.
    """

    protocol_version = "HTTP/1.1"
    # Headers and body are two writes: with Nagle's algorithm each answer would take 40 ms.
    disable_nagle_algorithm = True
    lock: ClassVar[threading.Lock] = threading.Lock()

    def do_POST(self) -> None:
        """A request of any service."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = value
        url = f"https://{_host(self.headers.get('Authorization', ''))}{self.path}"
        request = AWSPreparedRequest(self.command, url, headers, body, stream_output=False)
        with self.lock:
            answer = BotocoreStubber().process_request(request)
        if answer is None:
            raise NotImplementedError(f"{self.command} {url}")
        self._send(*answer)

    def do_GET(self) -> None:
        """A request without a body."""
        self.do_POST()

    def _send(self, status: int, headers: Mapping[str, Any], body: str | bytes) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "server", "date"):
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _host(authorization: str) -> str:
    """The service's own host, by what the request was signed for."""
    scope = re.search(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request", authorization)
    if not scope:
        raise NotImplementedError(f"a request that is signed by {authorization!r}")
    return f"{scope[2]}.{scope[1]}.amazonaws.com"
