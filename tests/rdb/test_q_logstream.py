"""RDBs that read the log from logstream.q, in the evaluator."""

from tests.rdb.q.cluster import SEGMENT, SHARED, Cluster
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import ends, feed, link_of, restart, rows, state
from tests.rdb.q.show import shown


def test_an_rdb_reads_its_window_from_the_logstream_in_pieces() -> None:
    cluster = Cluster(streams=True)
    live = cluster.launch()
    cluster.run(2)
    feed(cluster, 2 * SEGMENT + 3)
    restart(cluster, live)
    feed(cluster, 2)
    assert (state(cluster, live), live.read("lastIndex"), rows(live)) == ("`live", 19, 19)
    check(cluster, 0)


def test_a_logstream_is_asked_over_a_new_connection_after_one_to_the_tickerplant_is_new() -> None:
    cluster = Cluster(streams=True)
    live = cluster.launch()
    cluster.run(2)
    feed(cluster, 9)
    restart(cluster, live)
    before = live.read("stream")
    assert before > 0
    cluster.network.end(cluster.tickerplant, -9)
    feed(cluster, 0)
    cluster.restart_tickerplant()
    cluster.run(10)
    assert live.read("stream") < 0
    assert all(end.peer.owner is not cluster.stream for end in ends(live.process))
    link = link_of(cluster, live)
    cluster.network.cut(link)
    feed(cluster, 3)
    cluster.run(40)
    assert (state(cluster, live), rows(live)) == ("`live", 12)
    check(cluster, 0)


def test_a_logstream_is_asked_for_one_piece_at_a_time() -> None:
    cluster = Cluster(streams=True)
    live = cluster.launch()
    cluster.run(2)
    feed(cluster, 9)
    assert cluster.stream is not None
    count = ".app.asked: 0; .logstream.piece:{[other;window;size] .app.asked+: 1; other[window;size]}"
    cluster.stream.evaluate(f"{count}[.logstream.piece]")
    cluster.network.end(live.process, -9)
    cluster.restart(live)
    cluster.network.run(0.4)
    assert live.read("lastIndex") == SEGMENT
    cluster.stream.stopped = True
    cluster.network.run(25)
    cluster.network.resume(cluster.stream)
    cluster.run(3)
    assert rows(live) == 9
    assert shown(cluster.stream.read(".app.asked")) == ["2"]


def test_a_logstream_that_has_nothing_yet_is_asked_again_after_a_second() -> None:
    cluster = Cluster(streams=True)
    live = cluster.launch()
    cluster.run(2)
    feed(cluster, 3)
    log = cluster.disk.log(f"{SHARED}/updates0")
    late, log.records = log.records, []
    restart(cluster, live)
    assert (live.read("lastIndex"), live.read("stream") > 0) == (0, True)
    log.records = late
    cluster.run(1.5)
    assert rows(live) == 3


def test_a_logstream_that_cannot_read_is_named_and_asked_again() -> None:
    cluster = Cluster(streams=True)
    live = cluster.launch()
    cluster.run(2)
    feed(cluster, 3)
    log = cluster.disk.log(f"{SHARED}/updates0")
    whole, log.bad = log.bad, 1
    restart(cluster, live)
    assert "logstream: " in " ".join(live.process.said)
    assert rows(live) == 0
    log.bad = whole
    cluster.run(8)
    assert rows(live) == 3
