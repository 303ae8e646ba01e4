"""Raises of somebody else that our own write undid (rule 2).

AWS has no conditional write: who raises between our Describe and our lower write loses that raise. The cause
of the group's next activity has both numbers, so that it is found at the next look, put back, and told.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity import Capacity, released_since
from chalicelib.core.ledger import Ledger
from chalicelib.core.situation import Situation

# AWS shows an activity some seconds after the write. A reconcile that comes anyway looks then; the sweep has
# one come for it only later. Without any activity there is nothing to learn.
SHOWN_AFTER = timedelta(seconds=45)
SWEPT_AFTER = timedelta(minutes=3)
GIVEN_UP = timedelta(minutes=10)
# How far clocks may be apart, and how long after the decision its write may arrive.
EARLIEST, LATEST = timedelta(seconds=-5), timedelta(minutes=2)
CHANGE = re.compile(r"At (\S+Z) a user request [^.]*?changing the desired capacity from (\d+) to (\d+)\.")


def look_due(situation: Situation, *, swept: bool) -> bool:
    """Return whether the activities must be read for our last raise, until they have it."""
    asked = situation.ledger.asked
    if asked is None or asked.looked:
        return False
    return (SWEPT_AFTER if swept else SHOWN_AFTER) <= situation.now - asked.at < GIVEN_UP


def with_causes(ledger: Ledger, causes: Iterable[str]) -> Ledger:
    """Return the ledger with what the causes of activities say of our last raise.

    Only the write of our own number counts, about the time at which we sent it.
    """
    asked = ledger.asked
    if asked is None or asked.looked:
        return ledger
    before = [
        int(low)
        for cause in causes
        for at, low, high in CHANGE.findall(cause)
        if int(high) == asked.target and EARLIEST <= datetime.fromisoformat(at) - asked.at <= LATEST
    ]
    if not before:
        return ledger
    undid = max(before) if max(before) > asked.target else 0
    return msgspec.structs.replace(ledger, asked=msgspec.structs.replace(asked, looked=True, undid=undid))


def undone(situation: Situation, capacity: Capacity) -> int | None:
    """Return the DesiredCapacity to put back, less our releases since; None where there is none."""
    asked = situation.ledger.asked
    if asked is None or not asked.undid:
        return None
    due = min(asked.undid - released_since(situation.ledger, asked), situation.group.max_size)
    return due if due > capacity.desired else None


def undone_text(situation: Situation, number: int) -> str:
    """Return the sentence about a raise that our write undid."""
    asked = situation.ledger.asked
    assert asked is not None, "nothing is undone without a write of ours"
    return (
        f"somebody else's desired {asked.undid} was undone by our write of {asked.target} at "
        f"{asked.at:%FT%TZ}, and is put back to {number}"
    )
