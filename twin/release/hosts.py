"""The hosts of another release: the model of the RDB, and beside it that release's own reporter."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, override

from botocore.credentials import ReadOnlyCredentials

from highwater.market.host import Outbox, RdbHost
from highwater.market.rdb import Cluster
from twin.aws.cloudformation import REGION
from twin.release.built import Release
from twin.release.functions import process_of, received, send


class Wires(NamedTuple):
    """The ways out of a host whose reporter writes its own texts and metrics (keywords of PutMetricData)."""

    publish: Callable[[str], None]
    put_metric: Callable[[Mapping[str, Any]], None]
    credentials: Callable[[str], ReadOnlyCredentials]


class Reporters:
    """The process of a release's reporters."""

    def __init__(self, pipe: Connection, wires: Wires) -> None:
        self._pipe = pipe
        self._wires = wires

    def look(self, host: RdbHost, cluster: Cluster, now: datetime) -> None:
        """Have the reporter of a host look at it, and publish what it says."""
        name = cluster.name, host.instance_id, REGION, cluster.scale
        used = min(host.memory_used, host.memory_total)
        status = {
            "state": str(host.reported_state),
            "rows": host.rows,
            "first_index": host.first_index,
            "last_index": host.last_index,
            "heap": used,
        }
        credentials = tuple(self._wires.credentials(host.instance_id))[:3]
        send(self._pipe, (name, now, status, used, host.memory_total, credentials))
        texts, metrics = received(self._pipe)
        for text in texts:
            self._wires.publish(text)
        for metric in metrics:
            self._wires.put_metric(metric)


class ReleasedHost(RdbHost):
    """An RDB that another release's reporter reports."""

    def __init__(self, instance_id: str, cluster: Cluster, reporters: Reporters, now: datetime) -> None:
        # What it publishes by itself goes nowhere.
        super().__init__(instance_id, cluster, Outbox(lambda _: None, lambda _: None), now)
        self._reporters = reporters

    @override
    def tick(self, now: datetime) -> None:
        self._reporters.look(self, self._cluster, now)

    @override
    def report(self, now: datetime) -> None:
        self._note(now)
        self._reporters.look(self, self._cluster, now)


@contextmanager
def running(release: Release, wires: Wires) -> Iterator[Reporters]:
    """Run the reporters of a release in a process of their own, until this is left."""
    assert release.tree is not None, "this checkout runs in this process"
    with process_of(release, "reporters.py", release.tree) as pipe:
        yield Reporters(pipe, wires)
