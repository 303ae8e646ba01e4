"""The write-down in trouble, told in the evaluator: where it waits, and what it leaves alone."""

import pytest

from tests.rdb.q.cluster import PASSWORDS, SEGMENT, SHARED
from tests.rdb.q.database import DAYS, HOME
from tests.rdb.q.files import Disk, Log, Text
from tests.rdb.q.network import Network
from tests.rdb.q.scenes import feed, rows
from tests.rdb.q.show import shown
from tests.rdb.q.values import Mixed, long, string, symbol, vector
from tests.rdb.q.written import FIRST, SECOND, beside, end_day, numbers, said, trouble
from tests.rdb.q_source import Q


@pytest.mark.parametrize("bad", [True, False], ids=["damaged", "missing"])
def test_a_segment_that_cannot_be_read_stops_it_until_it_can_be_read(bad: bool) -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 2 * SEGMENT)
    path = f"{SHARED}/updates1"
    kept = cluster.disk.files.pop(path)
    assert isinstance(kept, Log)
    if bad:
        cluster.disk.files[path] = Log(kept.records, kept.synced, bad=2)
    end_day(cluster)
    cluster.run(60)
    assert (writer.partitions(), writer.persisted, rows(live)) == ([], 0, 14)
    assert f"update {SEGMENT + 1 + 2 * bad} cannot be read from updates1" in said(writer)
    cluster.disk.files[path] = kept
    cluster.run(90)
    assert (writer.rows(FIRST), writer.persisted, rows(live)) == (numbers(range(1, 15)), 14, 0)


def test_a_person_may_say_that_what_the_log_has_lost_is_to_be_left_out() -> None:
    cluster, _, writer = beside()
    feed(cluster, 3 * SEGMENT)
    cluster.disk.log(f"{SHARED}/updates1").bad = 2
    end_day(cluster)
    # Not enough: the rest of the segment is lost with it, and so is the update before.
    writer.process.evaluate(f".writedown.leaveOut[9;{SEGMENT + 3}]")
    writer.process.evaluate(f".writedown.leaveOut[10;{2 * SEGMENT}]")
    cluster.run(30)
    assert writer.persisted == 0
    writer.process.evaluate(f".writedown.leaveOut[9;{2 * SEGMENT}]")
    # It is tried at once, and not when the pause is over.
    cluster.run(6)
    assert writer.rows(FIRST) == [*numbers(range(1, 10)), *numbers(range(15, 22))]
    assert writer.persisted == 21


@pytest.mark.parametrize("where", ["writing/trade", "writing", "db/sym", "persisted.new"])
def test_a_full_disk_holds_it_up_and_nothing_is_lost(where: str) -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 10)
    cluster.disk.full.add(f"{HOME}/{where}")
    end_day(cluster)
    assert (writer.persisted, rows(live)) == (0, 10)
    assert "No space left on device" in said(writer)
    cluster.disk.full.clear()
    cluster.run(90)
    assert (writer.rows(FIRST), writer.persisted, writer.broken()) == (numbers(range(1, 11)), 10, [])


@pytest.mark.parametrize(
    ("environment", "before", "words"),
    [
        ({}, "t: ([] n: 1 2)", "HIGHWATER_HDB_ADDRESSES must name the q that loads the database"),
        ({"HIGHWATER_HDB_ADDRESSES": "hdb:5002"}, "", "load the schema before writedown.q"),
        (
            {"HIGHWATER_HDB_ADDRESSES": "hdb:5002", "HIGHWATER_WRITE_FROM": "yesterday"},
            "t: ([] n: 1 2)",
            "HIGHWATER_WRITE_FROM must be the index of an update",
        ),
    ],
)
def test_without_what_it_needs_it_does_not_start(
    environment: dict[str, str], before: str, words: str
) -> None:
    process = Network(Q).process(Disk(), environment, ("writer", 0), before, "writedown.q")
    assert process.errors == [f"writedown.q: {words}"]
    assert process.timer == 0


def test_what_fails_is_tried_again_after_a_minute_and_not_on_each_tick() -> None:
    cluster, _, writer = beside()
    feed(cluster, 5)
    cluster.disk.log(f"{SHARED}/updates0").bad = 2
    cluster.next_day()
    cluster.run(180)
    assert 2 <= writer.process.steps.count("sync -f /hw") <= 4


def test_a_q_that_refuses_the_newest_password_is_given_the_one_before() -> None:
    cluster, _, writer = beside()
    cluster.disk.files[PASSWORDS] = Text(("of-today", "of-yesterday"))
    writer.db.evaluate('.z.pw:{[user;password] (user=`highwater) and password~"of-yesterday"}')
    feed(cluster, 5)
    end_day(cluster)
    assert writer.persisted == 5


def test_an_address_may_have_a_user_and_a_password_of_its_own() -> None:
    cluster, _, writer = beside(hdb="hdb:5002:reader:a:b")
    writer.db.evaluate('.z.pw:{[user;password] (user=`reader) and password~"a:b"}')
    feed(cluster, 5)
    end_day(cluster)
    assert writer.persisted == 5


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ('.z.pg:{[message] \'"no"}', "no"),
        (".z.pw:{[user;password] 0b}", "access"),
        (
            '`:/old/2026.01.01/trade/ set ([] n: 1 2); system "l /old"',
            f"not loaded by hdb:5002: {FIRST}",
        ),
    ],
)
def test_a_database_that_is_not_loaded_is_told_again_and_nothing_is_persisted_before(
    refusal: str, words: str
) -> None:
    cluster, (live,), writer = beside()
    writer.db.evaluate(refusal)
    feed(cluster, 10)
    end_day(cluster)
    assert (writer.partitions(), writer.persisted, rows(live)) == ([FIRST], 0, 10)
    assert words in said(writer)
    assert words in trouble(writer)
    # It writes on meanwhile.
    feed(cluster, 3)
    end_day(cluster)
    assert (writer.partitions(), writer.persisted) == ([FIRST, SECOND], 0)
    writer.restart_readers()
    cluster.run(10)
    assert (writer.persisted, rows(live), trouble(writer)) == (13, 0, '""')


def test_what_can_be_inserted_nowhere_is_put_aside_and_stops_nothing() -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 2)
    cluster.update(symbol("orders"), vector("j", [1]), vector("s", ["A"]))
    cluster.update(symbol("trade"), vector("s", ["A"]), vector("j", [7]))
    cluster.update(symbol("trade"), vector("n", [1]), vector("s", ["A"]), string("x"))
    feed(cluster, 2)
    assert live.read("failed") == 3
    # The first try comes to nothing: they are there once all the same.
    cluster.disk.full.add(f"{HOME}/writing/highwater")
    end_day(cluster)
    cluster.disk.full.clear()
    cluster.run(60)
    assert (writer.rows(FIRST), writer.persisted) == ([10, 20, 30, 40], 7)
    assert "3 updates are in no table" in said(writer)
    failed = cluster.disk.stored(f"{HOME}/failed/{FIRST}")
    assert isinstance(failed, Mixed)
    assert [one.items[:2] for one in failed.items if isinstance(one, Mixed)] == [
        (long(3), symbol("orders")),
        (long(4), symbol("trade")),
        (long(5), symbol("trade")),
    ]


def test_an_update_for_which_there_is_no_memory_is_not_put_aside() -> None:
    cluster, _, writer = beside()
    writer.process.evaluate('.writedown.onUpdate:{[tableName;rows] \'"wsfull"}')
    feed(cluster, 5)
    end_day(cluster)
    assert (writer.partitions(), writer.persisted) == ([], 0)
    assert "update 1 cannot be read from updates0: wsfull" in said(writer)
    writer.process.evaluate(".writedown.onUpdate: insert")
    cluster.run(60)
    assert (writer.rows(FIRST), writer.persisted) == (numbers(range(1, 6)), 5)


def test_a_day_whose_end_may_not_outlive_the_host_has_no_other_end_later() -> None:
    cluster, _, writer = beside()
    feed(cluster, 5)
    cluster.tickerplant.evaluate('.app.flush: .tp.flush; .tp.flush:{[] \'"os"}')
    cluster.next_day()
    for _ in range(8):
        feed(cluster, 1)
    assert writer.partitions() == []
    cluster.tickerplant.evaluate(".tp.flush: .app.flush")
    cluster.run(30)
    assert (writer.rows(FIRST), writer.persisted, trouble(writer)) == (numbers(range(1, 14)), 13, '""')


def test_a_log_that_began_anew_makes_nothing_persisted() -> None:
    cluster, _, writer = beside()
    feed(cluster, 10)
    end_day(cluster)
    assert writer.persisted == 10
    cluster.network.end(cluster.tickerplant, -9)
    for path in [path for path in cluster.disk.files if path.startswith(f"{SHARED}/")]:
        if "tickerplant" not in path and "later" not in path:
            del cluster.disk.files[path]
    cluster.restart_tickerplant()
    cluster.run(10)
    assert writer.persisted == 0
    assert "another log" in said(writer)
    assert writer.partitions() == [FIRST]


def test_persisted_never_goes_back_and_what_left_the_database_is_written_again() -> None:
    cluster, _, writer = beside()
    feed(cluster, 10)
    end_day(cluster)
    feed(cluster, 10)
    end_day(cluster)
    cluster.disk.remove(f"{DAYS}/{SECOND}")
    cluster.disk.full.add(f"{HOME}/writing")
    cluster.run(20)
    assert writer.persisted == 20
    assert "only 10 is on disk, and RDBs were told of 20" in said(writer)
    cluster.disk.full.clear()
    cluster.run(90)
    assert (writer.rows(SECOND), writer.persisted) == (numbers(range(11, 21)), 20)


def test_a_partition_of_somebody_elses_is_never_written_into() -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 5)
    writer.process.evaluate(f"`:{DAYS}/{FIRST}/trade/ set ([] n: 1 2)")
    end_day(cluster)
    assert (writer.rows(FIRST), writer.persisted, rows(live)) == ([1, 2], 0, 5)
    assert f" writedown: .writedown.writeNext: a second part of {FIRST}, which is written already" in said(
        writer
    )


def test_the_log_runs_no_code_here_and_others_ask_for_the_status_alone() -> None:
    cluster, _, writer = beside()
    feed(cluster, 3)
    cluster.disk.log(f"{SHARED}/updates0").records[1] = string(".app.hacked: 1")
    end_day(cluster)
    assert ".app.hacked" not in writer.process.names
    assert "update 2 cannot be read from updates0: not an update" in said(writer)
    stranger = cluster.network.process(cluster.disk, {}, ("elsewhere", 0))
    stranger.evaluate('h: hopen `$":writer:5004:highwater:a-password-of-letters"')
    assert shown(stranger.evaluate('@[h; ".app.hacked: 1"; ::]')) == ['"not among .writedown.words"']
    for name in ("`.writedown.status", '".writedown.status"'):
        assert shown(stranger.evaluate(f"h[({name};::)]`reached`persisted")) == ["0 0"]
