"""Two RDBs say that they are live: the later one takes the data, and the other one is no room for more."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.successor import successor_of
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.stand_in import mended
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import (
    EMPTY,
    SICK,
    A,
    B,
    C,
    ago,
    cluster,
    decision,
    rdb,
    report,
    situation,
)


def live(since: float, percent: int = 30, minutes: float = 1, **changes: object) -> Rdb:
    """An RDB that is live since so many minutes ago, and reported last so many minutes ago."""
    known = rdb(report(State.LIVE, percent, minutes, window=(0, 9)))
    return msgspec.structs.replace(known, live_since=ago(since), **changes)


def test_one_that_says_on_that_it_is_live_keeps_no_standby_away() -> None:
    found = decision(cluster({A: live(50), B: live(20, percent=88)}))
    assert found.target == 3
    assert found.rooms[A].why == f"live since {ago(50):%FT%TZ}, and {B} since later"
    assert decision(cluster({A: live(50), B: live(20)})).target is None


@pytest.mark.parametrize(
    "other",
    [
        live(60),
        live(20, member=SICK),
        live(20, member=None),
        live(20, dead_at=ago(1)),
        live(20, minutes=16),
        rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(1), State.LIVE)),
        rdb(report(State.STANDBY, 4, rows=0)),
    ],
    ids=["earlier", "unhealthy", "gone", "dead", "silent", "hung", "a standby"],
)
def test_only_one_that_is_well_and_became_live_later_takes_over(other: Rdb) -> None:
    assert successor_of(live(50), situation(cluster({A: live(50), B: other}))) is None


def test_the_last_to_become_live_is_named() -> None:
    rdbs = {A: live(50), B: live(10), C: live(20)}
    found = [successor_of(each, situation(cluster(rdbs))) for each in rdbs.values()]
    assert found == [B, None, B]


@pytest.mark.parametrize(
    ("states", "since"),
    [
        ("standby live live", 2),
        ("live live live", 3),
        ("live unknown live", 3),
        ("live booting live", 1),
        ("live live rolled", None),
        ("live standby live", 1),
        ("live live unknown", 3),
    ],
)
def test_it_is_live_since_it_first_said_so_unless_it_said_something_else_meanwhile(
    states: str, since: float | None
) -> None:
    ledger = EMPTY
    for minutes, state in zip((3, 2, 1), states.split(), strict=True):
        said = report(State(state), 30, minutes)
        ledger, _ = with_report(ledger, said, said.sent_at)
    assert ledger.rdbs[A].live_since == (None if since is None else ago(since))


def test_a_ledger_that_is_mended_knows_since_when_one_is_live() -> None:
    old, new = cluster({A: live(50, minutes=9)})[0], cluster({A: live(5)})[0]
    found = mended(old, msgspec.structs.replace(new, stands_in="the ledger cannot be decoded"))
    assert found.rdbs[A].live_since == ago(50)
