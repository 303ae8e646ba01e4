"""Memory that doubles: a full column is copied into one of twice its size, and for that the RDB rolls."""

import argparse
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.contract.report import State
from highwater.market.memory import USUAL_COLUMNS
from highwater.market.rdb import SIZES, Cluster, Rdb, Size
from highwater.values import memory
from highwater.whatif.bounds import impossible
from twin.day.costs import baseline_of
from twin.day.options import Options

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
# Eight columns that grow by 1 KiB each with an update, in a host that has room for 2 MiB.
SMALL = Size(0, 2148, 8, 100, columns=8)


def live(roll: float, size: Size = SMALL) -> Rdb:
    rdb = Rdb("i-00000001", Cluster("trades", size, 60, roll), START)
    rdb.join(START)
    rdb.go_live(0, START)
    return rdb


@pytest.mark.parametrize(
    ("updates", "kib"),
    # 16 bytes of each column are its header, so that the one that fills it does not fit.
    [(0, 0), (1, 16), (2, 32), (3, 32), (4, 64), (127, 1024), (128, 2048), (255, 2048), (256, 4096)],
)
def test_a_column_takes_a_block_that_doubles_when_it_is_full(updates: int, kib: int) -> None:
    assert SMALL.used_kib(updates) == 100 + kib


@given(st.sampled_from(sorted(SIZES)), st.floats(20, 99), st.floats(0.01, 2000), st.integers(1, 300))
def test_an_rdb_fills_until_memory_reaches_the_threshold_or_columns_find_no_room_to_double(
    name: str, roll: float, kib: float, columns: int
) -> None:
    size = SIZES[name]._replace(kib_per_update=kib, columns=columns)
    held, limit = size.holds(roll), size.total_kib * roll / 100
    if size.used_kib(1) > limit:
        assert impossible(Options(size=name, roll=roll, kib_per_update=kib, columns=columns)) is not None
        return
    assert size.used_kib(held) <= size.total_kib
    assert size.used_kib(held - 1) < limit * (1 + 1e-9)
    assert size.used_kib(held) >= limit or size.used_kib(held + 1) > size.total_kib
    rdb = live(roll, size)
    rdb.take(held - 1, START)
    assert rdb.state is State.LIVE
    rdb.take(held + 5, START)
    assert (rdb.state, rdb.rows) == (State.ROLLED, held)


def test_it_holds_about_as_much_as_fits_in_a_line_or_half_of_that() -> None:
    line = SIZES["medium"].holds(85)
    held = {columns: SIZES["medium"]._replace(columns=columns).holds(85) for columns in range(1, 100)}
    assert 0.49 < min(held.values()) / line < 0.6
    assert 0.9 < max(held.values()) / line < 1


def test_a_leap_beyond_the_threshold_rolls_it_and_one_beyond_the_host_is_not_taken() -> None:
    """1 MiB of columns become 2 MiB with update 128: all of the host. Update 256 would need 4."""
    rdb = live(60)
    rdb.take(500, START)
    assert (rdb.state, rdb.rows, rdb.memory_used) == (State.ROLLED, 128, rdb.memory_total)
    smaller = live(60, SMALL._replace(total_kib=2147))
    smaller.take(500, START)
    assert (smaller.state, smaller.rows, smaller.percent < 60) == (State.ROLLED, 127, True)


def test_a_single_host_is_compared_whose_columns_double_too() -> None:
    line, doubling = Options(), Options(columns=USUAL_COLUMNS)
    updates = line.feed.total
    names = [host.name for options in (line, doubling) if (host := baseline_of(options, updates))]
    assert names == ["t3a.2xlarge", "r6a.2xlarge"]


def test_memory_is_given_as_a_line_or_as_columns() -> None:
    words = {"line": None, "doubling": USUAL_COLUMNS, "doubling:12": 12}
    assert {word: memory(word) for word in words} == words


@pytest.mark.parametrize(
    "word", ["", "lines", "line:3", "doubling:", "doubling:0", "doubling:1.5", "twice:3"]
)
def test_another_word_for_memory_is_refused(word: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be"):
        memory(word)
