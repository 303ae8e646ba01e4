"""The gateway that `make demo` plays answers as gateway.q does, word for word."""

from collections.abc import Callable

import pytest

from chalicelib.contract.report import State
from highwater.market.gateway import Gap, Held, Told, Window, count
from tests.rdb.q.cluster import Cluster, Rdb
from tests.rdb.q.scenes import feed, rows
from tests.rdb.q.writedown import WriteDown
from tests.rdb.test_q_gateway import die, gateway_scene, seen

type Happens = Callable[[Cluster, Rdb], None]


def first_dies(cluster: Cluster, first: Rdb) -> None:
    die(cluster, first)


def first_drops(cluster: Cluster, first: Rdb) -> None:
    write_down = WriteDown(cluster)
    cluster.ask(first, ".highwater.drain[]")
    write_down.step()
    cluster.run(3)


def first_drops_and_dies(cluster: Cluster, first: Rdb) -> None:
    first_drops(cluster, first)
    die(cluster, first)


def live_dies(cluster: Cluster, _: Rdb) -> None:
    die(cluster, cluster.rdbs["i-1"])
    # Nobody stands by: after its grace the window is still its own.
    feed(cluster, 2)
    cluster.run(8)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (None, "7"),
        (first_dies, "gap: updates 1 to 3: i-0 is not connected"),
        (first_drops, "4"),
        (first_drops_and_dies, "4"),
        (live_dies, "gap: updates 4 to 9: i-1 is not connected"),
    ],
)
def test_the_played_gateway_answers_as_the_file_does(what: Happens | None, words: str) -> None:
    cluster, (first, _), gateway = gateway_scene()
    if what:
        what(cluster, first)
    told = Told([Window(*window) for window in cluster.windows()], len(cluster.logged()), _dropped(cluster))
    answers = {rdb.id: _held(rdb) for rdb in cluster.rdbs.values() if rdb.process.alive}
    try:
        played = str(count(told, answers))
    except Gap as gap:
        played = str(gap)
    assert seen(gateway, "0N 0W", '".highwater.heldRows[]"') == words
    assert played == words


def _held(rdb: Rdb) -> Held:
    last, held = rdb.read("lastIndex"), rows(rdb)
    return Held(State(rdb.read("state")), last - held, last, held)


def _dropped(cluster: Cluster) -> int:
    drained = [rdb for rdb in cluster.rdbs.values() if rdb.read("state") == "drained"]
    return max((rdb.read("lastIndex") for rdb in drained), default=0)
