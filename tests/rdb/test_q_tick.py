"""The two files of docs/q.md for a plain tick.q, with a stub of ours for what KX documents of it."""

import re

from tests.rdb.q.cluster import PAGE, SCHEMA
from tests.rdb.q.files import Disk, Stored, Text
from tests.rdb.q.network import Network
from tests.rdb.q.process import Process
from tests.rdb.q.show import shown
from tests.rdb.q.values import long
from tests.rdb.q_source import Q
from tests.rdb.test_q_torq import SKETCH

BLOCKS = re.findall(r"```q\n(.*?)```", PAGE, re.DOTALL)
QUEUE = next(block for block in BLOCKS if block.startswith("/ queue.q"))
RDB = next(block for block in BLOCKS if block.startswith("/ rdb.q: an RDB of a plain"))
TICK = """
.u.t: tables `.;
.u.w: ([] name: `symbol$(); handle: `int$());
.u.d: .z.d;
.u.open:{[]
    .u.L: `$":/tick/sym",string .u.d;
    if[()~key .u.L; .u.L set ()];
    .u.i: -11!(-2;.u.L);
    .u.l: hopen .u.L;};
.u.open[];
.u.del:{[table;connection] delete from `.u.w where name=table, handle=connection;};
.u.sub:{[table;syms]
    if[null table; :.u.sub[;syms] each .u.t];
    `.u.w insert (table;.z.w);
    (table; 0#value table)};
.u.upd:{[table;rows]
    .u.l enlist (`upd;table;rows);
    .u.i+: 1;
    .u.send[(`upd;table;rows)] each exec handle from .u.w where name=table;};
.u.send:{[message;connection] neg[connection] message;};
.u.endofday:{[] hclose .u.l; .u.d+: 1; .u.open[];};
.z.pc:{[handle] .u.del[;handle] each .u.t;};
"""
DAY = 1_000_000_000
DAY_LONG = 86400 * 10**9


class Tick:
    """A tickerplant and its RDBs, each on a host of its own."""

    def __init__(self) -> None:
        self.network, self.disk = Network(Q), Disk()
        for folder in ("/tick", "queue"):
            self.disk.make_folder(folder)
        self.network.scripts |= {
            "tick.q": SCHEMA + TICK,
            "queue.q": QUEUE,
            "rdb.q": RDB,
            "contract.q": SKETCH,
        }
        self.tickerplant = self.start_tickerplant()
        self.disks: dict[str, Disk] = {}
        # 2026.11.23 in days since 2000.
        self.today = 9823 * DAY

    def start_tickerplant(self) -> Process:
        return self.network.process(self.disk, {}, ("tick", 5010), script="queue.q")

    def rdb(self, name: str) -> Process:
        """Start an RDB, also again on the same host; the log's folder is shared."""
        disk = self.disks.setdefault(name, Disk())
        for folder in ("/var/lib/highwater", "/mnt/hdb", "/tick"):
            disk.make_folder(folder)
        disk.files["/sys/devices/virtual/dmi/id/board_asset_tag"] = Text((name,))
        disk.files |= {path: content for path, content in self.disk.files.items() if "/tick/" in path}
        started = self.network.process(disk, {}, (name, 5001), script="rdb.q")
        self.network.run(2)
        assert started.errors == []
        return started

    def feed(self, updates: int) -> None:
        for _ in range(updates):
            self.network.tell_text(self.tickerplant, ".u.upd[`trade;(.z.n;`A;1)]")
        for disk in self.disks.values():
            disk.files |= {path: content for path, content in self.disk.files.items() if "/tick/" in path}
        self.network.run(2)

    def seen(self, rdb: Process) -> tuple[str, int, int, int]:
        text = ".highwater.status[]`state`rows`first_index`last_index"
        state, rows, *window = shown(self.network.ask(rdb, text))
        first, last = (-1 if one == "0N" else int(one) - self.today for one in window)
        return state, int(rows), first, last

    def persist(self, *names: str) -> None:
        for name in names:
            self.disks[name].files["/mnt/hdb/persisted"] = Stored(long(self.today + DAY))
        self.network.run(2)


def test_rdbs_of_a_plain_tick_take_updates_one_after_the_other_and_leave_when_all_is_written() -> None:
    tick = Tick()
    first, second = tick.rdb("i-0a"), tick.rdb("i-0b")
    tick.feed(3)
    assert [tick.seen(one) for one in (first, second)] == [("`live", 3, 0, 3), ("`standby", 0, -1, -1)]
    first.evaluate(".app.full:{[] 1b}")
    tick.network.run(3)
    tick.feed(2)
    assert [tick.seen(one) for one in (first, second)] == [("`rolled", 3, 0, 3), ("`live", 2, 3, 5)]
    assert [shown(tick.network.ask(one, ".highwater.drain[]")) for one in (first, second)] == [["1b"], ["0b"]]
    tick.network.run(3)
    assert tick.seen(first) == ("`rolled", 3, 0, 3)
    tick.persist("i-0a")
    assert tick.seen(first) == ("`drained", 0, 0, 3)
    # It leaves for good, also with another q, and the tickerplant knows it after a restart.
    tick.network.end(first, -9)
    assert tick.seen(tick.rdb("i-0a"))[:2] == ("`drained", 0)


def test_the_window_of_one_that_died_is_read_from_the_log_by_the_next_and_of_none_before_it() -> None:
    tick = Tick()
    first, second = tick.rdb("i-0a"), tick.rdb("i-0b")
    tick.feed(3)
    first.evaluate(".app.full:{[] 1b}")
    tick.network.run(2)
    tick.feed(4)
    tick.network.end(second, -9)
    tick.feed(2)
    third = tick.rdb("i-0c")
    assert tick.seen(third) == ("`live", 6, 3, 9)
    tick.feed(1)
    assert tick.seen(third) == ("`live", 7, 3, 10)
    assert shown(third.evaluate("upd~insert")) == ["1b"]


def test_a_standby_of_a_plain_tick_leaves_its_queue_when_it_is_asked_to_drain() -> None:
    tick = Tick()
    first, second = tick.rdb("i-0a"), tick.rdb("i-0b")
    assert shown(tick.network.ask(second, ".highwater.drain[]")) == ["1b"]
    tick.network.run(2)
    assert tick.seen(second) == ("`drained", 0, -1, -1)
    first.evaluate(".app.full:{[] 1b}")
    tick.network.run(3)
    tick.feed(2)
    assert [tick.seen(one)[0] for one in (first, second)] == ["`rolled", "`drained"]


def test_who_has_rolled_or_left_takes_no_window_whatever_it_says_or_loses() -> None:
    tick = Tick()
    first, second = tick.rdb("i-0a"), tick.rdb("i-0b")
    tick.feed(3)
    first.evaluate(".app.full:{[] 1b}")
    tick.network.run(3)
    first.evaluate(".app.tell (`.queue.roll;::)")
    tick.feed(2)
    assert [tick.seen(one) for one in (first, second)] == [("`rolled", 3, 0, 3), ("`live", 2, 3, 5)]
    tick.network.end(first, -9)
    first = tick.rdb("i-0a")
    third = tick.rdb("i-0c")
    tick.network.ask(third, ".highwater.drain[]")
    tick.network.run(3)
    tick.network.end(third, -9)
    # Its disk is lost with its marker.
    del tick.disks["i-0c"].files["/var/lib/highwater/drained"]
    third = tick.rdb("i-0c")
    second.evaluate(".app.full:{[] 1b}")
    tick.network.run(3)
    tick.feed(2)
    assert [tick.seen(one)[:2] for one in (first, second)] == [("`rolled", 0), ("`rolled", 2)]
    assert tick.seen(third) == ("`standby", 0, -1, -1)


def test_over_a_restart_of_a_plain_tick_the_open_window_begins_where_it_did() -> None:
    tick = Tick()
    first = tick.rdb("i-0a")
    tick.feed(3)
    first.evaluate(".app.full:{[] 1b}")
    tick.network.run(3)
    second = tick.rdb("i-0b")
    tick.feed(2)
    # Its log begins anew with the day.
    tick.network.now += DAY_LONG
    tick.network.tell_text(tick.tickerplant, ".u.endofday[]")
    tick.feed(2)
    assert tick.seen(second) == ("`live", 4, 3, DAY + 2)
    tick.network.end(tick.tickerplant, -9)
    tick.network.run(2)
    assert (second.alive, second.status, first.alive) == (False, 1, True)
    assert tick.seen(first) == ("`rolled", 3, 0, 3)
    tick.tickerplant = tick.start_tickerplant()
    tick.feed(1)
    # The rows of the day before are in the log of that day alone.
    assert tick.seen(tick.rdb("i-0b")) == ("`live", 3, 3, DAY + 3)
