"""Raises of somebody else that our own write undid (rule 2).

AWS has no conditional write: who raises between our Describe and our lower write loses that raise. The cause
of the group's next activity has both numbers, so that it is found at the next look, put back, and told.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity.capacity import Capacity, released_since
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.rdb import WRITE_VISIBLE
from chalicelib.core.facts.situation import Situation

# AWS shows an activity some seconds after the write. A reconcile that comes anyway looks then; the sweep has
# one come for it only later. Without any activity there is nothing to learn.
SHOWN_AFTER = timedelta(seconds=45)
SWEPT_AFTER = timedelta(minutes=3)
GIVEN_UP = timedelta(minutes=10)
# How far the clocks of containers may be off, and how long after the decision its write may arrive.
EARLIEST, LATEST = timedelta(minutes=-1), timedelta(minutes=2)
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
        (datetime.fromisoformat(at), int(low), int(high))
        for cause in causes
        for at, low, high in CHANGE.findall(cause)
    ]
    fresh = [change for change in changes if asked.seen is None or change[0] > asked.seen]
    if not (shown := _shown(asked, fresh)):
        return ledger
    if asked.before:
        # Less the places that were given up between the two.
        fewer = released_since(ledger, asked.before) - released_since(ledger, asked)
        shown += [(at, low - fewer) for at, low in _shown(asked.before, fresh)]
    highest, seen = max(low for _, low in shown), max(at for at, _ in shown)
    undid = highest if highest > asked.target else 0
    asked = msgspec.structs.replace(asked, looked=True, undid=undid, seen=seen)
    return msgspec.structs.replace(ledger, asked=asked)


def _shown(asked: Asked, changes: Iterable[tuple[datetime, int, int]]) -> list[tuple[datetime, int]]:
    """Return when a write of ours was made, and the number that it replaced."""
    about_then = [
        (at, low) for at, low, high in changes if high == asked.target and EARLIEST <= at - asked.at <= LATEST
    ]
    first = min((at for at, _ in about_then), default=asked.at)
    return [(at, low) for at, low in about_then if at - first <= SENT_AGAIN]


def undone(situation: Situation, capacity: Capacity) -> int | None:
    """Return the DesiredCapacity to put back, less our releases since; None where there is none.

    Only for minutes: those who were released are then forgotten, and what people wanted may be another thing.
    """
    asked = situation.ledger.asked
    if asked is None or not asked.undid or situation.now - asked.at >= GIVEN_UP:
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
        before, seen = None, asked.seen if asked else None
        if asked and not asked.looked and not left and situation.now - asked.at < GIVEN_UP:
            before = msgspec.structs.replace(asked, before=None)
        return Asked(target, situation.now, version, bool(left), left, before, seen)
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
