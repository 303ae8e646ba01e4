"""The embedded AWS in real time behind an address on loopback, for functions in processes of their own."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import yaml
from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from highwater.deploy.packaging.package import Package
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from twin.aws import package
from twin.aws.account import account
from twin.aws.cloudformation import default_network, deploy
from twin.aws.metrics import MetricStore
from twin.aws.service import Reply, Request, Service
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
        """Deploy the control plane; from here on this process's AWS is this one too."""
        with account(self._now, metrics=self.metrics, published=self._publish) as wire, served() as self.url:
            self.groups = wire.groups
            self._network = default_network()
            sam = yaml.safe_load(built.template.read_text())
            self.wiring = wiring(package.deploy_control_plane(sam, built.archive))
            yield

    def deploy_cluster(self, cluster: str) -> None:
        """Deploy a cluster's stack and have its first instances in service."""
        values = {"Cluster": cluster, **self._network}
        deploy(f"highwater-{cluster}", read_template(CLUSTER_TEMPLATE), values)
        self.settle()

    def settle(self) -> None:
        """Let the groups do what was asked of them."""
        self._ahead += A_LAUNCH
        self.groups.advance()

    def _publish(self, topic: str, message: str) -> None:
        self.published.append((topic, message))

    def _now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


# Held during a request of `through_moto`, and by whoever works on the same account meanwhile.
LOCK = threading.Lock()


@contextmanager
def served() -> Iterator[str]:
    """Serve this process's moto at an address on loopback, for clients that are not ours."""
    with Service(through_moto) as service:
        yield service.url


def through_moto(request: Request) -> Reply:
    """Answer a request as if this process's own SDK had sent it, one at a time."""
    headers = HTTPHeaders()
    for name, value in request.headers.items():
        headers[name] = value
    url = f"https://{_host(request.headers.get('Authorization', ''))}{request.path}"
    prepared = AWSPreparedRequest(request.method, url, headers, request.body, stream_output=False)
    with LOCK:
        answer = BotocoreStubber().process_request(prepared)
    if answer is None:
        raise NotImplementedError(f"{request.method} {url}")
    status, given, body = answer
    data = body.encode() if isinstance(body, str) else body
    own = ("content-length", "server", "date")
    return Reply(status, data, {k: str(v) for k, v in given.items() if k.lower() not in own})


def _host(authorization: str) -> str:
    """Return the service's own host, by what the request was signed for."""
    scope = re.search(r"Credential=[^/]+/[0-9]+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request", authorization)
    if not scope:
        raise NotImplementedError(f"a request that is signed by {authorization!r}")
    return f"{scope[2]}.{scope[1]}.amazonaws.com"
