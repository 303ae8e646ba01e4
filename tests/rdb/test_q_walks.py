"""Random walks of a cluster of q processes. `make walks` takes many more: docs/q.md says how."""

import os

import pytest

from tests.rdb.q.rules import Broken
from tests.rdb.q.walk import Walk
from tests.rdb.q.written_walk import WrittenWalk

WALKS = int(os.environ.get("Q_WALKS", "3"))
STEPS = int(os.environ.get("Q_STEPS", "60"))
FROM = int(os.environ.get("Q_SEED", "1"))


@pytest.mark.parametrize("seed", range(FROM, FROM + WALKS))
def test_no_row_is_lost_or_doubled_and_all_but_the_live_one_leave(seed: int) -> None:
    Walk(seed).go(STEPS)


@pytest.mark.parametrize("seed", range(FROM, FROM + WALKS))
def test_beside_a_write_down_no_row_is_lost_or_doubled_and_all_but_the_live_one_leave(seed: int) -> None:
    WrittenWalk(seed, intraday=seed % 2 == 0).go(STEPS)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # Edits that reverse what the files mean.
        (".highwater.windowEnd<=0^.highwater.persisted[]", ".highwater.windowEnd>=0^.highwater.persisted[]"),
        ("rest: gone _ value tableName;", "rest: 1 _ value tableName;"),
    ],
)
def test_an_edit_that_reverses_a_rule_breaks_a_walk(right: str, wrong: str) -> None:
    with pytest.raises(Broken):
        Walk(4, {right: wrong}).go(STEPS)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # Persisted before it is loaded; written from the top of a segment; a day less its last update.
        (".writedown.tell `db;", "0;"),
        (".writedown.position<=.writedown.begin;", "0b;"),
        ("max days[`lastIndex] where days[`date]=ended]", "-1+max days[`lastIndex] where days[`date]=ended]"),
    ],
)
def test_an_edit_of_the_write_down_that_reverses_a_rule_breaks_a_walk(right: str, wrong: str) -> None:
    with pytest.raises(Broken):
        WrittenWalk(1, {right: wrong}).go(STEPS)
