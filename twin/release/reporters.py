"""The reporters of a release in a process of their own: run as a script of that release, by its tree.

Each message is one look at one host, and its answer what the reporter there publishes. Messages are tuples:

    to here     (host, now, status, used, total, credentials)
    from here   (texts for the topic, keywords of PutMetricData)

`host` is (cluster, instance id, region, scale threshold), `status` what q answers to `.highwater.status[]`.
Used and total are bytes of memory; credentials are the keys and the token of the instance's role.
"""

import io
import sys
from datetime import datetime
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Host = tuple[str, str, str, float]


def main(tree: str, descriptor: str) -> None:
    """Answer looks until the parent is gone."""
    sys.path.insert(0, tree)
    # An installation that can be edited would lend modules of another release.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
    with TemporaryDirectory() as directory:
        answer(Connection(int(descriptor)), Path(directory))


def answer(pipe: Connection, directory: Path) -> None:
    """Answer looks with the reporter of this release."""
    import time_machine
    from botocore.credentials import ReadOnlyCredentials

    from rdb.contract.report import Report
    from rdb.host.identity import Identity
    from rdb.host.log import Log
    from rdb.host.memory import Memory
    from rdb.kdb.status import seen_of
    from rdb.reporter.journal import Journal
    from rdb.reporter.meter import Meter
    from rdb.reporter.proof import signed
    from rdb.reporter.sender import Sender, Topic

    texts: list[str] = []
    metrics: list[dict[str, Any]] = []
    now, signing = datetime.min, ("", "", "")

    @cache
    def reporter_of(host: Host) -> tuple[Sender, Meter]:
        cluster, instance_id, region, scale = host
        log = Log(io.StringIO(), lambda: now, lambda: now.timestamp())
        identity, own = Identity(cluster, instance_id, region), directory / instance_id
        own.mkdir()

        def sign(report: Report) -> Report:
            return signed(report, ReadOnlyCredentials(*signing), region)

        sender = Sender(identity, scale, Topic(texts.append, sign), Journal(own), log)
        return sender, Meter(identity, 60.0, lambda **data: metrics.append(data), log)

    while True:
        try:
            host, now, status, used, total, signing = pipe.recv()
        except EOFError:
            return
        sender, meter = reporter_of(host)
        seen, memory, elapsed = seen_of(status), Memory(used, total), now.timestamp()
        # A proof has the time of its signature.
        with time_machine.travel(now, tick=False):
            sender.step(seen, memory, now, elapsed)
            meter.step(seen, memory, now, elapsed)
        pipe.send((tuple(texts), tuple(metrics)))
        texts.clear()
        metrics.clear()


if __name__ == "__main__":
    main(*sys.argv[1:])
