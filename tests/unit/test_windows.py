"""Windows tile: each begins where the one before ends, and what is persisted counts no more."""

from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from chalicelib.core.facts.windows import Window, breaks_of
from chalicelib.reconcile.woken import with_facts
from tests.unit.builders import NOW, A, ago, cluster, rdb, report, tickerplant


def held(*windows: tuple[int, int], open_last: bool = True) -> list[Window]:
    """Windows of RDBs that answer, of which the last one is live."""
    last = len(windows) - 1
    return [
        Window(f"i-{n}", *window, open=open_last and n == last, told_at=NOW)
        for n, window in enumerate(windows)
    ]


def found(windows: list[Window], begin: int = 0) -> list[tuple[str, int, int, str, str]]:
    return [
        (each.kind, each.after, each.until, each.earlier.instance_id, each.later.instance_id)
        for each in breaks_of(windows, begin)
    ]


def test_windows_that_begin_where_the_one_before_ends_are_whole_in_whatever_order_they_come() -> None:
    windows = held((0, 100), (100, 250), (250, 300))
    assert found(windows) == found(windows[::-1]) == []


def test_a_gap_names_the_updates_that_nobody_holds_and_both_neighbours() -> None:
    assert found(held((0, 100), (150, 250))) == [("gap", 100, 150, "i-0", "i-1")]


def test_an_overlap_names_the_updates_that_two_hold() -> None:
    assert found(held((0, 100), (80, 250))) == [("overlap", 80, 100, "i-0", "i-1")]
    assert found(held((0, 100), (20, 30), (100, 110))) == [("overlap", 20, 30, "i-0", "i-1")]


def test_what_is_persisted_may_be_missing_or_twice() -> None:
    assert found(held((0, 100), (150, 250)), begin=150) == []
    assert found(held((0, 100), (150, 250)), begin=120) == [("gap", 120, 150, "i-0", "i-1")]
    assert found(held((0, 100), (80, 250)), begin=100) == []


def test_who_holds_nothing_is_no_end_of_anything() -> None:
    assert found(held((0, 100), (40, 40), (100, 120))) == []


def test_who_does_not_answer_may_hold_what_is_missing_and_counts_nothing_twice() -> None:
    silent = Window("i-x", 100, 150, answers=False)
    assert found([*held((0, 100), (150, 250)), silent]) == []
    assert found([*held((0, 100), (100, 250)), silent]) == []


cuts = st.lists(st.integers(0, 60), min_size=2, max_size=8, unique=True).map(sorted)
pieces = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), max_size=7)


@given(cuts, st.randoms(use_true_random=False))
def test_any_division_of_the_updates_is_whole(bounds: list[int], random: Random) -> None:
    windows = held(*pairwise(bounds))
    random.shuffle(windows)
    assert found(windows) == []


@given(pieces, st.integers(0, 30))
def test_each_update_after_the_begin_is_in_one_window_or_in_a_break_of_its_kind(
    windows: list[list[int]], begin: int
) -> None:
    """Counted one by one: an index that nobody holds, or two, is named, and no other."""
    given_ = held(*((first, last) for first, last in windows), open_last=False)
    named = list(breaks_of(given_, begin))
    low = min((first for first, last in windows if first < last), default=0)
    high = max((last for first, last in windows if first < last), default=0)
    for index in range(max(low, begin) + 1, high + 1):
        holders = sum(first < index <= last for first, last in windows)
        kinds = {each.kind for each in named if each.after < index <= each.until}
        assert ("gap" in kinds) == (holders == 0)
        assert ("overlap" in kinds) == (holders > 1)
    assert all(begin <= each.after < each.until for each in named)


def heard(ledger: Ledger, *updates: int) -> Ledger:
    """The ledger after reports of the tickerplant, a minute apart."""
    for minutes, count in zip(range(len(updates), 0, -1), updates, strict=True):
        said_ = tickerplant(ago=minutes)
        report_ = msgspec.structs.replace(said_.report, updates=count)
        wake_up = WakeUp("trades", "report", said_.received_at, "x", tickerplant=report_)
        ledger, _, _ = with_facts(ledger, [wake_up], NOW)
    return ledger


def test_what_came_before_the_tickerplant_was_first_heard_is_not_judged() -> None:
    ledger = heard(Ledger("trades"), 500, 900)
    assert ledger.tiled_from == 500


def test_a_count_that_begins_anew_is_judged_from_there_and_one_late_report_changes_nothing() -> None:
    ledger = heard(Ledger("trades"), 500)
    assert heard(ledger).tiled_from == 500
    assert heard(msgspec.structs.replace(ledger, tickerplant=None), 400, 600).tiled_from == 400
    assert heard(Ledger("trades"), 500, 20).tiled_from == 500
    assert heard(Ledger("trades"), 500, 20, 30).tiled_from == 30


def after_reports(*reports_: tuple[State, tuple[int, int] | None], member: bool = True) -> Ledger:
    """The ledger after reports of one RDB, the `drained` ones with a proof that holds."""
    start = rdb() if member else msgspec.structs.replace(rdb(), member_seen=None)
    ledger = msgspec.structs.replace(cluster({A: start})[0], tiled_from=10)
    for minutes, (state, window) in zip(range(len(reports_), 0, -1), reports_, strict=True):
        one = report(state, minutes=minutes, window=window)
        ledger, _ = with_report(
            ledger, one, ago(minutes), Verdict(holds=True, why="") if one.rows == 0 else None
        )
    return ledger


def test_what_one_that_is_proven_empty_held_and_what_a_live_one_dropped_is_persisted() -> None:
    assert after_reports((State.ROLLED, (0, 100)), (State.DRAINED, (100, 100))).tiled_from == 100
    assert after_reports((State.ROLLED, (0, 100)), (State.DRAINED, None)).tiled_from == 100
    assert after_reports((State.LIVE, (0, 100)), (State.LIVE, (70, 120))).tiled_from == 70
    assert (
        after_reports((State.LIVE, (0, 100)), (State.UNKNOWN, None), (State.LIVE, (70, 120))).tiled_from == 70
    )


def test_a_window_that_begins_or_is_read_again_says_nothing_of_what_is_persisted() -> None:
    assert after_reports((State.STANDBY, None), (State.LIVE, (90, 90))).tiled_from == 10
    assert (
        after_reports((State.ROLLED, (0, 100)), (State.BOOTING, None), (State.ROLLED, (0, 40))).tiled_from
        == 10
    )
    assert after_reports((State.LIVE, (0, 100)), (State.LIVE, (70, 120)), member=False).tiled_from == 10
