"""The reporter beside an RDB: what it takes of the host, and how soon the control plane hears of a change."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from bench.report import Row
from rdb.host.metadata import ENDPOINT
from rdb.kdb.status import STATUS
from twin.autoscaling import AutoScaling
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.ec2 import Hosts
from twin.aws.embedded import ENVIRONMENT
from twin.aws.loopback import served
from twin.aws.metadata import MetadataPlayer
from twin.aws.metrics import MetricStore
from twin.aws.wire import Wire
from twin.q.player import QPlayer

INSTANCE_ID = "i-0a1b2c3d4e5f60718"
CHANGES = 50
SECONDS = 600
LIMIT = 30.0
LIVE = {"state": "live", "rows": 31_994_800, "first_index": 96_112, "last_index": 128_106, "heap": 2**31}

# What every program pays that publishes to a topic and puts metrics.
BARE = """import botocore.session

session = botocore.session.Session()
for service in ("sns", "cloudwatch"):
    session.create_client(service, region_name="us-east-1")
input()
"""


def measure(progress: Callable[[str], None], seconds: int = SECONDS) -> list[Row]:
    """Measure the reporter as its service runs it, against players of q, of the metadata and of AWS."""
    says: dict[str, Any] = dict(LIVE)
    published: SimpleQueue[float] = SimpleQueue()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        topic, url = stack.enter_context(_aws(published))
        q = stack.enter_context(QPlayer({STATUS: lambda: dict(says)}))
        endpoint = stack.enter_context(MetadataPlayer(INSTANCE_ID, REGION).served())
        environment = {"AWS_ENDPOINT_URL": url, ENDPOINT: endpoint, "HIGHWATER_REPORTS_TOPIC": topic}
        bare = stack.enter_context(_process(["-c", BARE], environment))
        (scratch / "reporter.toml").write_text(
            f'cluster = "trades"\nq_port = {q.port}\nstate_directory = "{scratch}"\n'
        )
        config = str(scratch / "reporter.toml")
        reporter = stack.enter_context(_process(["-m", "rdb", "run", "--config", config], environment))
        published.get(timeout=LIMIT)
        delays = []
        for number in range(CHANGES):
            progress(f"reporter: change {number + 1} of {CHANGES}")
            delays.append(_change(says, published))
        share = _cpu_share(reporter.pid, seconds, progress)
        memory, peak, beside = _memory(reporter.pid, "VmRSS"), _memory(reporter.pid, "VmHWM"), bare.pid
        note = "beside it Python with botocore and the two clients that any reporter needs; over HTTP"
        return [
            Row("resident memory", memory, "MB", _memory(beside, "VmRSS"), note),
            Row("its peak", peak, "MB", _memory(beside, "VmHWM"), note),
            Row("CPU", share, "% of a core", None, f"{seconds} s, q asked each second"),
            Row("from a change in q to the publish", median(delays), "ms", None, f"median of {CHANGES}"),
            Row("the longest of them", max(delays), "ms", None, "q is asked each second"),
        ]


def _change(says: dict[str, Any], published: SimpleQueue[float]) -> float:
    """Return the milliseconds from a change of q's state, at any moment between two looks, to the publish."""
    time.sleep(random.uniform(1.2, 2.2))
    changed_at = time.perf_counter()
    says["state"] = "rolled" if says["state"] == "live" else "live"
    return 1000 * (published.get(timeout=LIMIT) - changed_at)


def _cpu_share(pid: int, seconds: int, progress: Callable[[str], None]) -> float:
    """Return percent of a core while there is no change; metrics and the five minutes' report go on."""
    before, began = _cpu_seconds(pid), time.perf_counter()
    for left in range(seconds, 0, -1):
        progress(f"reporter: {left} s more with no change to report")
        time.sleep(1)
    return 100 * (_cpu_seconds(pid) - before) / (time.perf_counter() - began)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int, name: str) -> float:
    """Return megabytes, by a name of /proc."""
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0]) / 1024


@contextmanager
def _aws(published: SimpleQueue[float]) -> Iterator[tuple[str, str]]:
    """Yield a topic's ARN and the address of an AWS that notes when something is published to it."""
    with patch.dict(os.environ, ENVIRONMENT), mock_aws():
        boto3.setup_default_session()
        hosts = Hosts(lambda *_: None, lambda _: None)
        groups = AutoScaling(hosts, lambda _: None, lambda: datetime.now(UTC), account=ACCOUNT, region=REGION)
        heard = lambda *_: published.put(time.perf_counter())  # noqa: E731
        with Wire(groups, MetricStore(), heard, lambda: None).taken_over(), served() as url:
            sns = boto3.client("sns")
            topic = sns.create_topic(Name="highwater-reports")["TopicArn"]
            function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:on_report"
            sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
            yield topic, url


@contextmanager
def _process(line: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run Python with nothing of our settings; it may print, and is ended."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, *line],
        env={**plain, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
