"""Subscribers of tick at tickerplant.q, in the evaluator: what they are sent, and what they may replay."""

import pytest

from tests.rdb.q.cluster import PASSWORDS, SCHEMA, SHARED, Cluster
from tests.rdb.q.process import Process
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import feed, rows, scene, state
from tests.rdb.q.show import shown

# What tick's r.q does when it starts, in words of ours.
SUBSCRIBER = """
upd: insert;
.app.ended: `date$();
.u.end:{[date] .app.ended,: date;};
.app.start:{[schemas;log]
    {[schema] schema[0] set schema 1} each schemas;
    if[null first log; :()];
    -11!log };
.app.address: `$":",(first read0 `:/hw/tickerplant),":5000:highwater:",first read0 `:/run/passwords;
.app.h: hopen .app.address;
.[.app.start; .app.h "(.u.sub[`;`];`.u `i`L)"];
"""
TODAY = "2026.11.23"


def subscriber(cluster: Cluster, script: str = SUBSCRIBER) -> Process:
    environment = {"HIGHWATER_Q_PASSWORDS": PASSWORDS}
    process = cluster.network.process(cluster.disk, environment, ("wdb", 5020), before=script)
    assert process.errors == []
    return process


def plant(cluster: Cluster, name: str = "", **more: str) -> None:
    """Start the tickerplant anew as a firm does that has subscribers: with the schema."""
    cluster.network.scripts["tick.q"] = f"{SCHEMA}\\l tickerplant.q\n"
    cluster.network.end(cluster.tickerplant, -9)
    cluster.tickerplant_script = "tick.q"
    cluster.tickerplant_settings = {"HIGHWATER_DAY_LOG": name, **more}
    cluster.restart_tickerplant()
    cluster.run(6)


def numbers(process: Process, table: str = "trade") -> list[int]:
    return list(process.evaluate(f"exec n from {table}").items)  # type: ignore[attr-defined]


def test_a_subscriber_gets_what_comes_from_now_on_as_tables_and_the_end_of_the_day() -> None:
    cluster, (live, _) = scene()
    plant(cluster)
    feed(cluster, 2)
    late = subscriber(cluster)
    assert numbers(late) == []
    feed(cluster, 2)
    cluster.feed(table="quote")
    cluster.run(1)
    assert numbers(late) == [30, 40]
    assert numbers(late, "quote") == [50]
    assert shown(late.evaluate("attr trade`sym")) == ["`g"]
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    cluster.run(1)
    assert shown(late.evaluate("(count .app.ended; first .app.ended)")) == ["1", TODAY]
    assert (state(cluster, live), rows(live)) == ("`live", 5)
    check(cluster, 0)


def test_with_a_name_for_the_days_log_a_subscriber_replays_what_came_before_it() -> None:
    cluster, _ = scene()
    plant(cluster, "sym")
    feed(cluster, 9)
    late = subscriber(cluster)
    feed(cluster, 2)
    assert numbers(late) == list(range(10, 120, 10))
    assert shown(cluster.network.ask(cluster.tickerplant, "`.u `i`L")) == ["11", f"`:{SHARED}/sym{TODAY}"]


def test_the_days_log_begins_anew_with_the_day_and_is_made_anew_where_it_is_not_the_log() -> None:
    cluster, _ = scene()
    plant(cluster, "sym")
    feed(cluster, 9)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    assert numbers(subscriber(cluster)) == []
    feed(cluster, 8)
    assert len(cluster.disk.log(f"{SHARED}/sym{TODAY}").records) == 8
    del cluster.disk.log(f"{SHARED}/sym{TODAY}").records[-2:]
    plant(cluster, "sym")
    feed(cluster, 1)
    assert numbers(subscriber(cluster)) == list(range(100, 190, 10))
    cluster.disk.log(f"{SHARED}/sym{TODAY}").torn = 9
    plant(cluster, "sym")
    assert numbers(subscriber(cluster)) == list(range(100, 190, 10))
    assert shown(cluster.network.ask(cluster.tickerplant, "`.u `i`L")) == ["9", f"`:{SHARED}/sym{TODAY}"]


def test_a_days_log_that_cannot_be_made_anew_keeps_the_tickerplant_from_starting() -> None:
    cluster, _ = scene()
    plant(cluster, "sym")
    feed(cluster, 9)
    del cluster.disk.files[f"{SHARED}/sym{TODAY}"]
    cluster.disk.log(f"{SHARED}/updates0").bad = 2
    cluster.network.end(cluster.tickerplant, -9)
    cluster.restart_tickerplant()
    assert not cluster.tickerplant.alive
    assert "cannot start: badtail" in " ".join(cluster.tickerplant.said)


def test_a_subscriber_to_some_symbols_of_one_table_gets_those() -> None:
    cluster, _ = scene()
    plant(cluster)
    chosen = (
        SUBSCRIBER.partition(".[.app.start")[0]
        + '.app.got: .app.h (".u.sub";`trade;`A`C);\ntrade: .app.got 1;\n'
    )
    some = subscriber(cluster, chosen)
    for symbols in ("`A`B`A", "`B`B`B", "`C`B`C"):
        text = f".u.upd[`trade;(3#.z.n;{symbols};1 2 3)]"
        cluster.network.tell_text(cluster.tickerplant, text)
    cluster.feed(table="quote")
    cluster.run(1)
    assert shown(some.evaluate("trade`sym")) == ["`A`A`C`C"]
    # What it subscribes to last is what it gets.
    some.evaluate('.app.h (".u.sub";`trade;`B)')
    cluster.network.tell_text(cluster.tickerplant, ".u.upd[`trade;(3#.z.n;`A`B`C;1 2 3)]")
    cluster.run(1)
    assert shown(some.evaluate("trade`sym")) == ["`A`A`C`C`B"]


@pytest.mark.parametrize("text", [".u.sub[`nothing;`]", "(.u.sub[`;`];exit 1)"])
def test_a_subscriber_can_have_no_other_text_run_and_no_table_that_is_not_there(text: str) -> None:
    cluster, _ = scene()
    plant(cluster)
    late = subscriber(cluster)
    seen = shown(late.evaluate(f'@[.app.h; "{text}"; {{[failure] failure}}]'))
    assert seen == ['"not among .tp.words"']
    assert shown(late.evaluate("@[.app.h; (`.u.sub;`nothing;`); {[failure] failure}]")) == ['"nothing"']
    assert cluster.tickerplant.alive


def test_who_is_slow_is_hung_up_on_and_an_rdb_reads_from_the_log_what_it_was_not_sent() -> None:
    cluster, (live, _) = scene()
    plant(cluster, HIGHWATER_MOST_QUEUED="1000")
    late = subscriber(cluster)
    live.process.stopped = late.stopped = True
    feed(cluster, 20)
    cluster.run(2)
    assert shown(cluster.network.ask(cluster.tickerplant, "count .tp.subscribers")) == ["0"]
    assert sum("too much is queued" in text for text in cluster.tickerplant.said) == 2
    cluster.network.resume(live.process)
    cluster.run(8)
    feed(cluster, 1)
    assert (state(cluster, live), rows(live)) == ("`live", 21)
    check(cluster, 0)
