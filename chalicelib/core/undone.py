"""Raises of somebody else that our own write undid (rule 2).

AWS has no conditional write: who raises between our Describe and our lower write loses that raise. The cause
of the group's next activity has both numbers, so that it is found at the next look, put back, and told.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity import Capacity, released_since
from chalicelib.core.ledger import Asked, Ledger
from chalicelib.core.rdb import WRITE_VISIBLE
from chalicelib.core.situation import Situation

# AWS shows an activity some seconds after the write. A reconcile that comes anyway looks then; the sweep has
# one come for it only later. Without any activity there is nothing to learn.
SHOWN_AFTER = timedelta(seconds=45)
SWEPT_AFTER = timedelta(minutes=3)
GIVEN_UP = timedelta(minutes=10)
# How far clocks may be apart, and how long after the decision its write may arrive.
EARLIEST, LATEST = timedelta(seconds=-5), timedelta(minutes=2)
# A call whose connection breaks is sent again within a second or two: so close, both may be ours.
SENT_AGAIN = timedelta(seconds=10)
CHANGE = re.compile(r"At (\S+Z) a user request [^.]*?changing the desired capacity from (\d+) to (\d+)\.")


def look_due(situation: Situation, *, swept: bool) -> bool:
    """Return whether the activities must be read for our last raise, until they have it."""
    asked = situation.ledger.asked
    if asked is None or asked.looked:
        return False
    return (SWEPT_AFTER if swept else SHOWN_AFTER) <= situation.now - asked.at < GIVEN_UP


def with_causes(ledger: Ledger, causes: Iterable[str]) -> Ledger:
    """Return the ledger with what the causes of activities say of our last raise.

    Only the write of our own number counts, about the time at which we sent it. The words name no caller:
    the first such change is ours, and who lowers to the same number later meant to.
    """
    asked = ledger.asked
    if asked is None or asked.looked:
        return ledger
    changes = [
        (datetime.fromisoformat(at), int(low))
        for cause in causes
        for at, low, high in CHANGE.findall(cause)
        if int(high) == asked.target
    ]
    about_then = [(at, low) for at, low in changes if EARLIEST <= at - asked.at <= LATEST]
    if not about_then:
        return ledger
    first = min(at for at, _ in about_then)
    before = max(low for at, low in about_then if at - first <= SENT_AGAIN)
    undid = before if before > asked.target else 0
    return msgspec.structs.replace(ledger, asked=msgspec.structs.replace(asked, looked=True, undid=undid))


def undone(situation: Situation, capacity: Capacity) -> int | None:
    """Return the DesiredCapacity to put back, less our releases since; None where there is none."""
    asked = situation.ledger.asked
    if asked is None or not asked.undid:
        return None
    due = min(asked.undid - released_since(situation.ledger, asked), situation.group.max_size)
    return due if due > capacity.desired else None


def asked_after(situation: Situation, capacity: Capacity, target: int | None, version: int) -> Asked | None:
    """Return our last write once a decision wrote `target`, or None for nothing, as that version.

    What is put back one host at a time stays owed until it is all there. Once it is there, whoever lowers it
    meant to. While our own number is believed over Describe nobody knows whether it is.
    """
    asked, owed = situation.ledger.asked, undone(situation, capacity) or 0
    if target is not None:
        left = owed if owed > target else 0
        return Asked(target, situation.now, version, looked=bool(left), undid=left)
    if asked and asked.undid and not owed and situation.now - asked.at >= WRITE_VISIBLE:
        return msgspec.structs.replace(asked, undid=0)
    return asked


def undone_text(situation: Situation, number: int) -> str:
    """Return the sentence about a raise that our write undid."""
    asked = situation.ledger.asked
    assert asked is not None, "nothing is undone without a write of ours"
    return (
        f"somebody else's desired {asked.undid} was undone by our write, the last of {asked.target} at "
        f"{asked.at:%FT%TZ}, and is put back to {number}"
    )
