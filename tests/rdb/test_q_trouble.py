"""Damaged logs, bad updates, and bursts of them where memory is scarce, told in the evaluator."""

from tests.rdb.q.cluster import SCHEMA, SEGMENT, SHARED, Cluster, Rdb
from tests.rdb.q.rules import check
from tests.rdb.q.scenes import feed, link_of, restart, rows, scene, state
from tests.rdb.q.show import shown
from tests.rdb.q.values import long, symbol, vector
from tests.rdb.q.walk import FULL, ROOMY


def test_a_damaged_record_is_left_behind_and_told_and_what_comes_after_its_segment_is_read() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3 * SEGMENT)
    cluster.disk.log(f"{SHARED}/updates1").bad = 2
    restart(cluster, live)
    live.process.evaluate(".highwater.patience: 0D00:00:20")
    assert live.read("lastIndex") == SEGMENT + 2
    cluster.run(25)
    feed(cluster, 2)
    assert (state(cluster, live), live.read("lastIndex"), rows(live)) == ("`live", 23, 23 - 5)
    lost = f"highwater: lost: updates after 9 up to 14 cannot be read from {SHARED}/updates1"
    assert lost in " ".join(live.process.said)
    assert "replay: badtail" in " ".join(live.process.said)
    assert shown(live.process.evaluate("first .highwater.gaps")) == ["firstIndex| 9", "lastIndex | 14"]


def test_an_update_after_a_gap_waits_until_the_log_has_filled_it() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 3)
    link = link_of(cluster, live)
    cluster.feed()
    link.inbox.clear()
    feed(cluster, 2)
    assert (live.read("lastIndex"), rows(live)) == (6, 6)
    check(cluster, 0)


def test_a_file_system_that_is_away_is_no_damage() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 2 * SEGMENT)
    kept = cluster.disk.files.pop(f"{SHARED}/updates0")
    restart(cluster, live)
    live.process.evaluate(".highwater.patience: 0D00:00:20")
    cluster.run(30)
    assert live.read("lastIndex") == 0
    cluster.disk.files[f"{SHARED}/updates0"] = kept
    cluster.run(3)
    assert (live.read("lastIndex"), rows(live)) == (14, 14)


def test_a_segment_whose_end_is_shown_late_is_no_damage_however_late_it_is() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 2 * SEGMENT)
    log = cluster.disk.log(f"{SHARED}/updates0")
    late, log.records = log.records[4:], log.records[:4]
    restart(cluster, live)
    live.process.evaluate(".highwater.patience: 0D00:00:20")
    cluster.run(60)
    assert (live.read("lastIndex"), shown(live.process.evaluate("count .highwater.gaps"))) == (4, ["0"])
    log.records += late
    cluster.run(3)
    assert (live.read("lastIndex"), rows(live)) == (14, 14)


def test_a_segment_that_is_shown_piece_by_piece_is_no_damage_while_it_grows() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, SEGMENT)
    log = cluster.disk.log(f"{SHARED}/updates0")
    log.bad = 0
    restart(cluster, live)
    live.process.evaluate(".highwater.patience: 0D00:00:20")
    for shown_until in range(1, SEGMENT):
        cluster.run(12)
        log.bad = shown_until
    cluster.run(3)
    assert live.read("lastIndex") == SEGMENT - 1
    assert shown(live.process.evaluate("count .highwater.gaps")) == ["0"]


def test_what_a_tickerplant_cuts_off_its_log_is_kept() -> None:
    cluster, _ = scene(rdbs=1)
    feed(cluster, 5)
    cluster.disk.log(f"{SHARED}/updates0").bad = 3
    cluster.network.end(cluster.tickerplant, -9)
    cluster.restart_tickerplant()
    (kept,) = [name for name in cluster.disk.files if name.startswith(f"{SHARED}/damaged0-")]
    assert len(cluster.disk.log(kept).records) == 5
    assert len(cluster.logged()) == 3


def test_a_standby_that_is_cut_off_stands_by_for_nobody() -> None:
    cluster, (_, standby) = scene()
    cluster.network.end(cluster.tickerplant, -9)
    cluster.network.run(1)
    assert state(cluster, standby) == "`booting"
    cluster.restart_tickerplant()
    cluster.run(10)
    assert state(cluster, standby) == "`standby"


def test_updates_that_fail_are_counted_and_told() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 2)
    cluster.update(symbol("trade"), vector("s", ["A"]), vector("j", [7]))
    feed(cluster, 1)
    assert shown(cluster.ask(live, ".highwater.status[]`rows`last_index`failed")) == ["3 4 1"]
    assert "3 failed: length" in " ".join(live.process.said)


def test_an_update_of_what_is_no_table_of_the_root_is_counted_and_reaches_nothing() -> None:
    cluster, (live,) = scene(rdbs=1)
    kept = dict(cluster.disk.files)
    for name in (".highwater.marks", ".app.trade", ":/etc/passwd", "orders"):
        cluster.update(symbol(name), vector("j", [1]), vector("s", ["A"]), vector("j", [7]))
    feed(cluster, 1)
    assert shown(cluster.ask(live, ".highwater.status[]`rows`last_index`failed")) == ["1 5 4"]
    assert shown(live.process.evaluate("count .highwater.marks")) == ["0"]
    assert "not a table of the root: .highwater.marks" in " ".join(live.process.said)
    assert cluster.disk.files.keys() == kept.keys()


def test_a_feed_without_times_gets_those_of_arrival_where_that_is_set() -> None:
    cluster, (live,) = scene(rdbs=1)
    cluster.network.end(cluster.tickerplant, -9)
    cluster.tickerplant_settings = {"HIGHWATER_STAMP": "1"}
    cluster.restart_tickerplant()
    cluster.run(6)
    cluster.update(symbol("trade"), vector("s", ["A", "B"]), vector("j", [7, 8]))
    cluster.update(symbol("trade"), symbol("A"), long(9))
    cluster.feed()
    (arrived,) = shown(live.process.evaluate(".z.n"))
    cluster.run(1)
    assert live.rows("trade") == [7, 8, 9, 10]
    assert shown(live.process.evaluate("exec distinct time from trade")) == [f",{arrived}"]
    assert live.read("failed") == 0


def test_a_tickerplant_with_the_schema_refuses_what_every_rdb_would_stumble_over() -> None:
    cluster, (live,) = scene(rdbs=1)
    cluster.tickerplant.load(SCHEMA, "schema.q")
    cluster.update(symbol("orders"), vector("j", [7]))
    cluster.update(symbol("trade"), vector("s", ["A"]), vector("j", [7]))
    for columns in ("sym: enlist `A; n: enlist 7", "time: enlist .z.n; sym: enlist `A; n: enlist 10"):
        cluster.network.tell_text(cluster.tickerplant, f".u.upd[`trade;([] {columns})]")
    cluster.run(1)
    assert (live.read("lastIndex"), rows(live)) == (1, 1)
    assert [text.partition(": ")[2] for text in cluster.tickerplant.errors] == [
        "no such table: orders",
        "not 3 columns: trade",
        "not 3 columns: trade",
    ]


def test_what_waits_for_a_replay_is_given_back_to_the_log_where_memory_is_short() -> None:
    cluster, (live,) = scene(rdbs=1)
    feed(cluster, 2)
    cluster.network.end(live.process, -9)
    cluster.restart(live)
    live.process.evaluate('.highwater.streamAddress: "nowhere:5002"')
    cluster.run(6)
    feed(cluster, 3)
    assert len(getattr(live.process.read(".highwater.ahead"), "items", ())) == 3
    live.process.memory = FULL
    cluster.run(1)
    assert shown(live.process.read(".highwater.ahead")) == ["()"]
    live.process.memory = ROOMY
    live.process.evaluate('.highwater.streamAddress: ""')
    cluster.run(3)
    assert (live.read("lastIndex"), rows(live), state(cluster, live)) == (5, 5, "`live")


def waiting(cluster: Cluster, updates: int) -> Rdb:
    """Let a live RDB wait for its replay, with so many updates behind it that come at once."""
    (live,) = cluster.rdbs.values()
    feed(cluster, 2)
    cluster.network.end(live.process, -9)
    cluster.restart(live)
    live.process.evaluate('.highwater.streamAddress: "nowhere:5002"')
    cluster.run(6)
    live.process.memory = FULL
    for _ in range(updates):
        cluster.feed()
    cluster.network.run(0)
    return live


def ahead(rdb: Rdb) -> int:
    return len(getattr(rdb.process.read(".highwater.ahead"), "items", ()))


def test_updates_that_come_at_once_are_given_back_to_the_log_every_five_hundred() -> None:
    cluster, _ = scene(rdbs=1)
    live = waiting(cluster, 499)
    assert ahead(live) == 499
    cluster.feed()
    cluster.network.run(0)
    assert (ahead(live), state(cluster, live)) == (0, "`live")


def test_an_rdb_that_rolls_before_it_has_read_its_window_keeps_nothing_that_waits() -> None:
    cluster, _ = scene(rdbs=1)
    live = waiting(cluster, 3)
    live.process.memory = ROOMY
    assert ahead(live) == 3
    cluster.ask(live, ".highwater.roll[]")
    assert (ahead(live), live.read("windowEnd")) == (0, 0)
    cluster.launch()
    cluster.run(3)
    check(cluster, 0)


def test_an_rdb_that_rolls_before_it_has_read_to_the_end_of_the_day_drains() -> None:
    cluster, _ = scene(rdbs=1)
    live = waiting(cluster, 3)
    live.process.memory = ROOMY
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    cluster.network.run(0)
    assert not live.read("leaving")
    cluster.ask(live, ".highwater.roll[]")
    assert live.read("leaving")


def test_a_burst_within_one_tick_rolls_the_live_one_where_memory_ends() -> None:
    cluster, (live, standby) = scene()
    for _ in range(498):
        cluster.feed()
    cluster.network.run(0)
    live.process.memory = FULL
    cluster.feed()
    cluster.network.run(0)
    assert state(cluster, live) == "`live"
    for _ in range(3):
        cluster.feed()
    cluster.network.run(0)
    assert (state(cluster, live), live.read("lastIndex")) == ("`rolled", 500)
    cluster.run(2)
    assert (state(cluster, standby), standby.read("lastIndex")) == ("`live", 502)
    check(cluster, 0)


def test_an_update_for_which_there_is_no_memory_is_left_to_the_next_rdb_unless_nothing_is_held() -> None:
    cluster, (live, standby) = scene()
    live.process.evaluate(
        '.highwater.onUpdate:{[tableName;rows] $[1<count last rows; \'"wsfull"; tableName insert rows]}'
    )
    cluster.feed(3)
    feed(cluster, 2)
    assert (state(cluster, live), live.read("failed"), rows(live)) == ("`live", 1, 2)
    cluster.feed(3)
    cluster.run(1)
    assert [state(cluster, one) for one in (live, standby)] == ["`rolled", "`live"]
    assert (live.read("lastIndex"), live.read("failed"), rows(live), rows(standby)) == (3, 1, 2, 3)


def test_a_hand_over_needs_no_second_try() -> None:
    cluster, (live, standby) = scene()
    feed(cluster, 3)
    cluster.ask(live, ".highwater.roll[]")
    cluster.run(1)
    assert [state(cluster, one) for one in (live, standby)] == ["`rolled", "`live"]
    assert [one.process.said for one in (live, standby)] == [[], []]
    assert cluster.tickerplant.said == []
