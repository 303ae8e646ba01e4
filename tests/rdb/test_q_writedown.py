"""The write-down, told in the evaluator: what it makes of the log."""

import pytest

from tests.rdb.q.cluster import SEGMENT, SHARED
from tests.rdb.q.database import DAYS, HOME, PARTS, Writer, column_of
from tests.rdb.q.files import Disk, Stored, Text
from tests.rdb.q.network import Network
from tests.rdb.q.scenes import feed, rows, scene, state
from tests.rdb.q.show import shown
from tests.rdb.q.values import long, names_of, symbol, vector
from tests.rdb.q.written import DRAINS, FIRST, READS, SECOND, THIRD, beside, end_day, numbers
from tests.rdb.q_source import Q


def test_a_day_is_written_once_it_has_ended_and_the_rdbs_let_its_rows_go() -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 10)
    cluster.run(30)
    assert (writer.partitions(), writer.persisted) == ([], 0)
    cluster.next_day()
    cluster.run(3)
    feed(cluster, 4)
    cluster.run(20)
    assert writer.partitions() == [FIRST]
    assert writer.rows(FIRST) == numbers(range(1, 11))
    assert (writer.rows(FIRST, "quote"), writer.broken()) == ([], [])
    assert (writer.persisted, live.read("firstIndex"), rows(live)) == (10, 10, 4)
    assert (writer.process.said, writer.process.errors, writer.process.handles) == ([], [], {})


def test_in_its_folder_there_is_only_what_the_page_names() -> None:
    cluster, (live, _), writer = beside(READS, 2, intraday=True)
    feed(cluster, 3)
    cluster.ask(live, ".highwater.roll[]")
    cluster.run(20)
    assert writer.partitions(PARTS) == ["0", "1"]
    end_day(cluster)
    assert writer.partitions() == [FIRST]
    found = set(names_of(cluster.disk.at(HOME)))
    assert found <= {"db", "intraday", "writing", "failed", "persisted"}


def test_its_status_is_told_from_the_start() -> None:
    cluster, _, writer = beside()
    status = cluster.network.ask(writer.process, ".writedown.status[]`reached`persisted")
    assert shown(status) == ["0 0N"]


def test_rows_are_parted_by_sym_and_keep_the_order_of_the_log_within_it() -> None:
    cluster, _, writer = beside()
    for number, name in enumerate("BABCAB"):
        cluster.update(symbol("trade"), vector("n", [1]), vector("s", [name]), vector("j", [number]))
    end_day(cluster)
    assert writer.rows(FIRST) == [1, 4, 0, 2, 5, 3]
    names = column_of(cluster, f"{DAYS}/{FIRST}/trade/sym")
    assert ("".join(names.items), names.attribute) == ("AABBBC", "p")
    assert writer.broken() == []


def test_several_days_in_one_segment_are_split_at_their_ends_however_late_the_write_down_is() -> None:
    cluster, (live,) = scene(READS, 1)
    for _ in range(3):
        feed(cluster, 2)
        cluster.next_day()
        cluster.run(3)
    feed(cluster, 1)
    assert len(cluster.logged()) == SEGMENT
    writer = Writer(cluster)
    cluster.run(30)
    assert [writer.rows(one) for one in (FIRST, SECOND, THIRD)] == [[10, 20], [30, 40], [50, 60]]
    assert (writer.persisted, rows(live)) == (6, 1)


def test_a_late_row_goes_with_the_day_in_which_it_came_and_a_day_without_rows_has_no_partition() -> None:
    cluster, (live,), writer = beside()
    feed(cluster, 3)
    end_day(cluster)
    end_day(cluster)
    # Its time says yesterday.
    feed(cluster, 1)
    end_day(cluster)
    assert writer.partitions() == [FIRST, THIRD]
    assert (writer.rows(FIRST), writer.rows(THIRD), writer.persisted) == ([10, 20, 30], [40], 4)
    assert rows(live) == 0


def test_a_day_that_a_person_ends_is_written_whole_when_its_date_ends() -> None:
    cluster, _, writer = beside()
    feed(cluster, 3)
    cluster.network.tell_text(cluster.tickerplant, ".tp.endOfDay[]")
    feed(cluster, 3)
    cluster.run(30)
    assert writer.partitions() == []
    end_day(cluster)
    assert (writer.rows(FIRST), writer.persisted) == (numbers(range(1, 7)), 6)


def test_an_update_of_very_many_rows_is_written_like_any_other() -> None:
    cluster, _, writer = beside()
    feed(cluster, 2)
    cluster.feed(1_000_000)
    end_day(cluster)
    assert len(writer.rows(FIRST)) == len(set(writer.rows(FIRST))) == 1_000_002
    assert writer.rows(FIRST)[1:3] == [20, 30]
    assert writer.persisted == 3


def test_what_was_written_before_by_other_means_is_left_alone() -> None:
    cluster, _ = scene(READS, 1)
    feed(cluster, 5)
    cluster.next_day()
    cluster.run(3)
    feed(cluster, 4)
    writer = Writer(cluster, written_before=5)
    end_day(cluster)
    assert (writer.partitions(), writer.rows(SECOND)) == ([SECOND], numbers(range(6, 10)))
    assert writer.persisted == 9


def test_older_partitions_with_their_symbols_stay_as_they_are_in_the_write_downs_database() -> None:
    cluster, _ = scene(READS, 1)
    cluster.disk.make_folder(DAYS)
    old = "([] time: 2#.z.n; sym: `Z`B; n: 1 2)"
    script = f"`:{DAYS}/2026.11.20/trade/ set .Q.en[`:{DAYS};{old}];"
    assert cluster.network.process(cluster.disk, {}, ("old", 0), before=script).errors == []
    writer = Writer(cluster)
    feed(cluster, 3)
    end_day(cluster)
    assert (writer.partitions(), writer.rows(FIRST), writer.persisted) == (
        ["2026.11.20", FIRST],
        [10, 20, 30],
        3,
    )
    symbols = [column_of(cluster, f"{DAYS}/{day}/trade/sym").items for day in ("2026.11.20", FIRST)]
    assert ["".join(items) for items in symbols] == ["ZB", "AAA"]


def test_with_a_database_of_the_running_day_a_rolled_rdb_drains_once_its_window_is_in_it() -> None:
    cluster, (first, _), writer = beside(DRAINS, 2, intraday=True)
    feed(cluster, 10)
    cluster.run(10)
    assert (writer.partitions(PARTS), writer.persisted, state(cluster, first)) == (["0"], 0, "`live")
    cluster.ask(first, ".highwater.roll[]")
    feed(cluster, 3)
    cluster.run(20)
    assert (writer.partitions(PARTS), writer.rows("1", folder=PARTS)) == (["0", "1"], numbers(range(1, 11)))
    assert (writer.persisted, state(cluster, first), rows(first)) == (10, "`drained", 0)
    assert shown(writer.intraday.evaluate(".Q.pv")) == ["0 1"]
    assert (writer.partitions(), writer.broken()) == ([], [])


def test_without_that_setting_a_rolled_rdb_waits_for_the_end_of_the_day() -> None:
    cluster, (first, _), writer = beside(READS, 2, intraday=True)
    feed(cluster, 10)
    cluster.ask(first, ".highwater.roll[]")
    cluster.run(30)
    assert (writer.persisted, state(cluster, first), rows(first)) == (10, "`rolled", 10)
    end_day(cluster)
    assert state(cluster, first) == "`drained"


def test_a_day_leaves_the_running_ones_database_when_it_is_in_the_other() -> None:
    cluster, (first, second, _), writer = beside(DRAINS, 3, intraday=True)
    for rdb in (first, second):
        feed(cluster, 5)
        cluster.ask(rdb, ".highwater.roll[]")
        cluster.run(20)
    assert writer.partitions(PARTS) == ["0", "1", "2"]
    feed(cluster, 2)
    end_day(cluster)
    assert (writer.partitions(PARTS), writer.partitions()) == (["0"], [FIRST])
    assert (writer.rows(FIRST), writer.persisted) == (numbers(range(1, 13)), 12)
    assert shown(writer.intraday.evaluate(".Q.pv")) == [",0"]


def test_a_part_that_has_rows_of_two_days_goes_and_the_second_day_is_written_again() -> None:
    cluster, (first, _), writer = beside(READS, 2, intraday=True)
    feed(cluster, 5)
    # The files of a network file system may be late: it sees the window, and the day's end after that.
    writer.process.stopped = True
    days = cluster.disk.files[f"{SHARED}/days"]
    cluster.next_day()
    cluster.run(3)
    feed(cluster, 3)
    cluster.ask(first, ".highwater.roll[]")
    cluster.run(1)
    now, cluster.disk.files[f"{SHARED}/days"] = cluster.disk.files[f"{SHARED}/days"], days
    cluster.network.resume(writer.process)
    cluster.run(10)
    assert (writer.partitions(PARTS), writer.persisted) == (["0", "1"], 8)
    cluster.disk.files[f"{SHARED}/days"] = now
    cluster.run(30)
    assert writer.rows(FIRST) == numbers(range(1, 6))
    (_, part) = writer.partitions(PARTS)
    assert writer.rows(part, folder=PARTS) == numbers(range(6, 9))
    assert writer.persisted == 8


@pytest.mark.parametrize(("given", "seen"), [("1", "1b"), ("0", "0b"), ("", "0b")])
def test_an_rdb_drains_within_the_day_where_its_environment_says_so(given: str, seen: str) -> None:
    environment = {"HIGHWATER_INSTANCE_ID": "i-0a", "HIGHWATER_DRAIN_WRITTEN": given}
    rdb = Network(Q).process(Disk(), environment, ("rdb", 5001), script="highwater.q")
    assert shown(rdb.evaluate(".highwater.drainsWritten")) == [seen]


@pytest.mark.parametrize("content", [None, Text(("12",)), Stored(symbol("12")), Stored(vector("j", [12, 1]))])
def test_an_rdb_takes_for_persisted_nothing_but_an_index(content: Text | Stored | None) -> None:
    cluster, (live,) = scene(READS, 1)
    if content:
        cluster.disk.files[f"{HOME}/persisted"] = content
    assert shown(cluster.ask(live, ".highwater.persisted[]")) == ["0N"]
    cluster.disk.files[f"{HOME}/persisted"] = Stored(long(12))
    assert shown(cluster.ask(live, ".highwater.persisted[]")) == ["12"]
