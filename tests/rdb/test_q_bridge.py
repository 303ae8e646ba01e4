"""The bridge of docs/migrating.md, in the evaluator: new RDBs have what an old tickerplant publishes."""

import re

from tests.rdb.q.cluster import Cluster
from tests.rdb.q.files import Disk
from tests.rdb.q.process import Process
from tests.rdb.q.scenes import restart, scene
from tests.rdb.q_source import Q

PAGE = (Q.parents[1] / "docs" / "migrating.md").read_text()
(BRIDGE,) = re.findall(r"```q\n(.*?)```", PAGE, re.S)
# What tick does for its subscribers, in words of ours.
OLD_TICK = """
trade: ([] time: `timespan$(); sym: `symbol$(); n: `long$());
.u.w: `int$();
.u.sub:{[tableName;syms] .u.w,: .z.w; tableName};
.u.upd:{[tableName;rows] {[message;handle] (neg handle) message}[(`upd;tableName;rows)] each .u.w;};
"""
PUBLISHED = ".u.upd[`trade;([] time: 2#.z.n; sym: `A`B; n: 10 20)]"


def old_tick(cluster: Cluster) -> Process:
    process = cluster.network.process(Disk(), {}, ("old-tick", 5010), before=OLD_TICK)
    assert process.errors == []
    return process


def bridge(cluster: Cluster) -> Process:
    new = f"tp{cluster.hosts}:5000:highwater:a-password-of-letters"
    script = BRIDGE.replace("new-tick:5000:highwater:PASSWORD", new)
    assert script != BRIDGE
    process = cluster.network.process(Disk(), {}, ("bridge", 5021), before=script)
    assert process.errors == []
    return process


def test_what_the_old_tickerplant_publishes_is_in_the_live_rdb_and_in_the_new_log() -> None:
    cluster, (live, standby) = scene()
    old = old_tick(cluster)
    bridge(cluster)
    cluster.network.tell_text(old, PUBLISHED)
    cluster.run(2)
    assert (live.rows("trade"), standby.rows("trade")) == ([10, 20], [])
    # Who stands by takes its window after a while, and reads it from the log.
    restart(cluster, live)
    assert standby.rows("trade") == [10, 20]


def test_a_bridge_whose_one_side_is_gone_ends_so_that_somebody_starts_it_again() -> None:
    cluster, _ = scene()
    old, first = old_tick(cluster), bridge(cluster)
    cluster.network.end(old, -9)
    cluster.run(1)
    assert (first.alive, first.status) == (False, 1)
    old_tick(cluster)
    second = bridge(cluster)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.run(1)
    assert (second.alive, second.status) == (False, 1)
