"""Launches that AWS takes back before they are in service are told, from the second on (rule 11)."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Gone
from chalicelib.core.facts.rdb import NEVER_IN_SERVICE, Rdb
from chalicelib.core.looks import looks_of
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    D,
    ago,
    cluster,
    launching,
    live,
    rdb,
    report,
    situation,
    told,
)


def lost(seen: float) -> Rdb:
    """One that Describe showed as Pending and shows no more."""
    return msgspec.structs.replace(rdb(seen=seen, member=None), member_seen=ago(seen - 1), only_pending=True)


@pytest.mark.parametrize(
    ("others", "desired", "is_told"),
    [
        ({C: lost(8), D: lost(4)}, 2, True),
        ({C: lost(8), D: launching(1)}, 2, False),
        ({C: lost(8), D: lost(4), B: launching(0)}, 2, True),
        ({C: lost(8), D: lost(4)}, 1, False),
        ({C: lost(8), D: lost(4), B: rdb(report(State.STANDBY, 4), seen=2)}, 3, False),
        ({C: lost(130), D: lost(4)}, 2, False),
    ],
    ids=["two are gone", "one is gone", "a third is under way", "none is owed", "one came since", "long ago"],
)
def test_a_launch_is_overdue_at_once_after_two_that_were_gone_before_they_were_in_service(
    others: dict[str, Rdb], desired: int, is_told: bool
) -> None:
    known = cluster({A: live(70), **others}, desired=desired)
    text = told(known).get("launch overdue", "")
    begins = "launches are gone before they are in service, since 2026-11-23T11:52:00Z"
    assert text.startswith(begins) is is_told
    assert looks_of(situation(known)).activities is is_told


def test_a_launch_that_was_gone_before_it_was_in_service_counts_after_it_is_forgotten() -> None:
    ledger, group = cluster({A: live(70), D: lost(4)}, desired=2)
    gone = {C: Gone(ago(12), NEVER_IN_SERVICE, ago(11))}
    assert "launch overdue" in told((msgspec.structs.replace(ledger, gone=gone), group))


def test_one_that_died_while_it_was_pending_is_told_with_the_launches_alone() -> None:
    dead = msgspec.structs.replace(launching(11), dead_at=NOW, only_pending=True)
    assert list(told(cluster({A: live(70), B: dead}, desired=2))) == ["launch overdue"]
