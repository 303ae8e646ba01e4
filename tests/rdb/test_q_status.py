"""What `.highwater.status[]` says where little can be told, and what it costs, in the evaluator."""

import pytest

from tests.rdb.q.applying import Primitive
from tests.rdb.q.cluster import Cluster, Rdb
from tests.rdb.q.scenes import feed, rows, scene, state
from tests.rdb.q.show import shown
from tests.rdb.q.values import Dictionary, Mixed, Table, Value, Vector, count, symbols, vector

# They look at a list's header, and copy nothing.
BY_THE_HEADER = frozenset({"count", "type", "value", "tables", "first", "last", ";"})
# q applies some millions of its own functions a second: a millisecond has room for a thousand.
MOST, WHILE_LIVE = 200, 100


def work(cluster: Cluster, text: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of q's own functions are applied, each as often as its lists have items."""
    done = 0
    call = Primitive.call

    def counting(self: Primitive, process: object, arguments: list[Value]) -> Value:
        nonlocal done
        lists = [one for one in arguments if isinstance(one, Vector | Mixed | Table | Dictionary)]
        done += 1 + (0 if self.name in BY_THE_HEADER else sum(count(one) for one in lists))
        return call(self, process, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Primitive, "call", counting)
        cluster.ask(cluster.rdbs["i-0"], text)
    return done


def test_the_status_costs_the_same_however_many_rows_and_updates_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    few = work(cluster, ".highwater.status[]", monkeypatch)
    cluster.feed(200_000)
    feed(cluster, 30)
    assert rows(live) == 200_033
    assert work(cluster, ".highwater.status[]", monkeypatch) == few <= WHILE_LIVE
    # What would scan is seen as such.
    assert work(cluster, "sum trade`n", monkeypatch) > rows(live)
    live.process.evaluate("third: ([] n: 1 2 3)")
    assert work(cluster, ".highwater.status[]", monkeypatch) - few <= 10
    for text in (".highwater.roll[]", ".highwater.drain[]", ".highwater.persisted:{[] 99}"):
        live.process.evaluate(text)
        cluster.run(2)
        assert work(cluster, ".highwater.status[]", monkeypatch) <= MOST


def test_rows_that_cannot_be_counted_are_unknown_and_keep_the_host() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    cluster.ask(live, ".highwater.drain[]")
    cluster.run(1)
    live.process.evaluate(".highwater.names:{[] `trade`quote`gone}")
    live.process.evaluate(".highwater.persisted:{[] 3}")
    cluster.run(30)
    assert shown(cluster.ask(live, ".highwater.status[]`state`rows")) == ["`rolled", "0N"]


def test_a_row_of_a_table_that_no_update_named_keeps_the_host() -> None:
    cluster, (live, _) = scene()
    live.process.evaluate("orders: ([] n: 7 8)")
    live.process.write("bysym", Dictionary(Table({"sym": symbols("AB")}), Table({"n": vector("j", (1, 2))})))
    feed(cluster, 3)
    cluster.ask(live, ".highwater.drain[]")
    live.process.evaluate(".highwater.persisted:{[] 3}")
    cluster.run(30)
    assert shown(cluster.ask(live, ".highwater.status[]`state`rows")) == ["`rolled", "4"]
    live.process.evaluate("orders: 0#orders; .highwater.static,: `bysym")
    cluster.run(1)
    assert shown(cluster.ask(live, ".highwater.status[]`state`rows")) == ["`drained", "0"]


def why(cluster: Cluster, rdb: Rdb) -> str:
    (text,) = shown(cluster.ask(rdb, ".highwater.status[]`why"))
    return text.strip('"')


def test_the_status_says_why_a_rolled_rdb_is_not_drained() -> None:
    cluster, (first, second) = scene()
    first.process.evaluate("orders: ([] n: 7 8)")
    feed(cluster, 3)
    assert [why(cluster, one) for one in (first, second)] == ["", ""]
    cluster.ask(first, ".highwater.roll[]")
    assert why(cluster, first) == "nobody has asked it to drain"
    cluster.disk.full.add("/i0")
    cluster.ask(first, ".highwater.drain[]")
    cluster.run(2)
    assert why(cluster, first) == "it cannot write its marker"
    cluster.disk.full.clear()
    cluster.tickerplant.stopped = True
    cluster.network.run(2)
    assert why(cluster, first) == "the tickerplant has not let it go yet"
    cluster.network.resume(cluster.tickerplant)
    first.process.evaluate(".highwater.persisted:{[] 2}")
    cluster.run(15)
    assert why(cluster, first) == "its window ends at 3, and persisted is 2"
    first.process.evaluate(".highwater.orphaned: 1b")
    assert why(cluster, first) == "it has rows that no log has"
    first.process.evaluate('.highwater.orphaned: 0b; .highwater.persisted:{[] \'"broken"}')
    assert why(cluster, first) == "broken"
    first.process.evaluate(".highwater.persisted:{[] 3}")
    cluster.run(1)
    assert (why(cluster, first), rows(first)) == ("it holds rows of orders", 0)
    first.process.evaluate("orders: 0#orders")
    cluster.run(1)
    assert (why(cluster, first), state(cluster, first)) == ("", "`drained")


def test_a_clock_that_is_set_back_behind_the_start_of_q_makes_no_state_unknown() -> None:
    cluster, (live,) = scene(rdbs=1)
    network = cluster.network
    network.now -= 3600 * 10**9
    for process in network.processes:
        process.next_tick = network.now
    network.run(2)
    assert state(cluster, live) == "`live"


def test_a_clock_that_is_set_back_hides_no_timer_that_was_replaced() -> None:
    cluster, (live,) = scene(rdbs=1)
    live.process.evaluate(".z.ts:{[now] now}")
    cluster.network.now -= 3600 * 10**9
    assert state(cluster, live) == "`"


def test_a_persisted_that_goes_back_brings_nothing_back_and_takes_nothing_away() -> None:
    cluster, (first, second) = scene()
    feed(cluster, 3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 2)
    seen = []
    for index in ("3", "1", "0N", "0", "3"):
        first.process.evaluate(f".highwater.persisted:{{[] {index}}}")
        cluster.run(1)
        seen.append((state(cluster, first), first.read("firstIndex"), rows(first)))
    assert seen == [("`live", 3, 2)] * 5
    cluster.ask(first, ".highwater.drain[]")
    first.process.evaluate(".highwater.persisted:{[] 5}")
    cluster.run(15)
    first.process.evaluate(".highwater.persisted:{[] 1}")
    cluster.run(15)
    assert (state(cluster, first), rows(first), state(cluster, second)) == ("`drained", 0, "`live")


def test_a_q_that_has_not_ticked_since_it_started_says_no_state_after_a_minute() -> None:
    cluster = Cluster(example="\\l schema.q\n\\l highwater.q\n.z.ts:{[now] now};\n")
    rdb = cluster.launch()
    cluster.run(50)
    assert state(cluster, rdb) == "`booting"
    cluster.run(20)
    assert state(cluster, rdb) == "`"


def test_what_goes_on_failing_is_said_again_after_five_minutes() -> None:
    cluster, (live,) = scene(rdbs=1)
    cluster.disk.full.add("/i0")
    cluster.ask(live, ".highwater.drain[]")
    cluster.run(200)
    assert sum("highwater.leave: " in text for text in live.process.said) == 1
    cluster.run(700)
    assert sum("highwater.leave: " in text for text in live.process.said) == 4
