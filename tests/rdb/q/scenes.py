"""Scenes for stories of a few RDBs, and what is seen of them."""

from typing import Any

from .cluster import EXAMPLE, SHARED, TABLES, Cluster, Rdb
from .network import End
from .process import Process
from .show import shown


def state(cluster: Cluster, rdb: Rdb) -> str:
    """Return the state that an RDB says."""
    return shown(cluster.ask(rdb, ".highwater.status[]`state"))[0]


def times(cluster: Cluster, rdb: Rdb) -> list[Any]:
    """Return the times of its window as its status has them, in nanoseconds; None for a null."""
    found = [cluster.ask(rdb, f".highwater.status[]`{name}") for name in ("first_time", "last_time")]
    return [None if shown(value) == ["0Np"] else getattr(value, "value", None) for value in found]


def ends(process: Process) -> list[End]:
    """Return a process's sides of its connections."""
    return [end for end in process.handles.values() if isinstance(end, End)]


def link_of(cluster: Cluster, rdb: Rdb) -> End:
    """Return an RDB's side of its connection to the tickerplant, which there has to be."""
    link = cluster.link(rdb)
    assert link is not None
    return link


def rows(rdb: Rdb) -> int:
    """Return how many rows an RDB has."""
    return sum(len(rdb.rows(name)) for name in TABLES)


def feed(cluster: Cluster, updates: int) -> None:
    """Publish that many updates, and let a second pass."""
    for _ in range(updates):
        cluster.feed()
    cluster.run(1)


def scene(example: str = EXAMPLE, rdbs: int = 2) -> tuple[Cluster, list[Rdb]]:
    """Build a cluster whose first RDB is live."""
    cluster = Cluster(example=example)
    launched = []
    for _ in range(rdbs):
        launched.append(cluster.launch())
        cluster.run(2)
    return cluster, launched


def restart(cluster: Cluster, rdb: Rdb) -> None:
    """Kill an RDB's q, start it again, and let it find its window."""
    cluster.network.end(rdb.process, -9)
    cluster.restart(rdb)
    cluster.run(6)


def lose_two_updates(cluster: Cluster) -> Process:
    """Publish two that are lost with the tickerplant's host; return the process of that tickerplant."""
    for _ in range(2):
        cluster.feed()
    cluster.network.run(0)
    dead = cluster.tickerplant
    cluster.network.vanish(dead)
    cluster.disk.lose(SHARED)
    return dead


def set_back(cluster: Cluster, seconds: int) -> None:
    """Set the clock of all hosts back; timers go on as before."""
    network = cluster.network
    network.now -= seconds * 10**9
    for process in network.processes:
        process.next_tick -= seconds * 10**9
