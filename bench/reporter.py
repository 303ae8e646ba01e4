"""The reporter beside an RDB: what it takes of the host, and how soon the control plane hears of a change."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.report import Row
from rdb.host.metadata import ENDPOINT
from rdb.kdb.status import STATUS
from tests.rdb.account import Account
from tests.rdb.builders import CLUSTER, ID, TOPIC
from twin.aws.cloudformation import REGION
from twin.aws.loopback import served
from twin.aws.metadata import MetadataPlayer
from twin.q.player import QPlayer

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
    account = Account()
    account.published = lambda *_: published.put(time.perf_counter())
    with ExitStack() as stack:
        stack.enter_context(account.running())
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        q = stack.enter_context(QPlayer({STATUS: lambda: dict(says)}))
        environment = {
            "AWS_ENDPOINT_URL": stack.enter_context(served()),
            ENDPOINT: stack.enter_context(MetadataPlayer(ID, REGION).served()),
            "HIGHWATER_REPORTS_TOPIC": TOPIC,
        }
        config = scratch / "reporter.toml"
        config.write_text(f'cluster = "{CLUSTER}"\nq_port = {q.port}\nstate_directory = "{scratch}"\n')
        bare = stack.enter_context(_process(environment, "-c", BARE))
        reporter = stack.enter_context(_process(environment, "-m", "rdb", "run", "--config", str(config)))
        published.get(timeout=LIMIT)
        delays = []
        for number in range(CHANGES):
            progress(f"reporter: change {number + 1} of {CHANGES}")
            delays.append(_change(says, published))
        share = _cpu_share(reporter.pid, seconds, progress)
        note = "beside it Python with botocore and the two clients that any reporter needs; over HTTP"
        return [
            *(
                Row(what, _memory(reporter.pid, name), "MB", _memory(bare.pid, name), note)
                for what, name in (("resident memory", "VmRSS"), ("its peak", "VmHWM"))
            ),
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
def _process(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run Python with nothing of our settings; it may print, and is ended."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    line, pipe, quiet = [sys.executable, *arguments], subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(line, env={**plain, **environment}, stdin=pipe, stdout=quiet) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
