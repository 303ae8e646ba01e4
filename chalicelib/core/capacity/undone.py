"""Raises of somebody else that our own write undid (rule 2).

AWS has no conditional write: who raises between our Describe and our lower write loses that raise. The cause
of the group's next activity has both numbers, so that it is found at the next look, put back, and told.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from chalicelib.core.capacity.counted import Capacity, released_since
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
# How old a look may be when the write that came of it arrives: Describe may be stale by a minute.
LOOKED = timedelta(minutes=3)
CHANGE = re.compile(r"At (\S+Z) (a user request )?[^.]*?changing the desired capacity from (\d+) to (\d+)\.")


class Change(NamedTuple):
    """A change of DesiredCapacity, as an activity tells it: when, from which number to which.

    `by_user` is whether a call made it; else a scheduled action or an alarm did, so that it is none of ours.
    """

    at: datetime
    low: int
    high: int
    by_user: bool


def look_due(situation: Situation, *, swept: bool) -> bool:
    """Return whether the activities must be read for our last raise, until they have it."""
    asked = situation.ledger.asked
    if asked is None or asked.looked:
        return False
    return (SWEPT_AFTER if swept else SHOWN_AFTER) <= situation.now - asked.at < GIVEN_UP


def with_causes(ledger: Ledger, causes: Iterable[str], now: datetime) -> Ledger:
    """Return the ledger with what the causes of activities, newest first, say of our last raise.

    Only the write of our own number counts, about the time at which we sent it, and one that lowers only if
    somebody's raise above what we saw comes before it. The words name no caller: the first such change is
    ours, and who lowers to the same number later meant to.
    """
    asked = ledger.asked
    if asked is None or asked.looked:
        return ledger
    changes = [change for change in _changes(causes) if asked.seen is None or change.at > asked.seen]
    ours, earlier = _writes(asked, changes)
    if not ours:
        return ledger
    since = released_since(ledger, asked, now)
    fewer = released_since(ledger, asked.before, now) - since if asked.before else 0
    owed = _owed(changes, ours, earlier, fewer)
    undid = owed if owed > asked.target else 0
    seen = max(change.at for change in (*ours, *earlier))
    # It was there, whether the group was seen with it or not: who lowers or raises it now is another.
    desired = None if ledger.desired is None else max(ledger.desired, asked.target - since)
    asked = msgspec.structs.replace(asked, looked=True, undid=undid, seen=seen)
    return msgspec.structs.replace(ledger, asked=asked, desired=desired)


def _changes(causes: Iterable[str]) -> list[Change]:
    """Return each change once, the oldest first; AWS tells times in whole seconds."""
    told = [found for cause in reversed(list(causes)) for found in CHANGE.findall(cause)]
    changes = dict.fromkeys(
        Change(datetime.fromisoformat(at), int(low), int(high), bool(by_user))
        for at, by_user, low, high in told
    )
    return sorted(changes, key=lambda change: change.at)


def _writes(asked: Asked, changes: Sequence[Change]) -> tuple[list[Change], list[Change]]:
    """Return the changes that our last write made, and those of the write before it.

    Of two writes of the same number the first change is the earlier one's; one alone is the nearer one's. Of
    two numbers ours is a change after the earlier one's, if there is any: who wrote it before is another.
    """
    ours, before = _about(asked, changes), asked.before
    if before is None:
        return _sent(ours), []
    earlier = _about(before, changes)
    if before.target == asked.target and earlier:
        first, both = earlier[0], {*ours, *earlier}
        if len(both) > 1 or abs(first.at - before.at) < abs(first.at - asked.at):
            ours, earlier = [change for change in ours if change != first], [first]
        else:
            earlier = []
    elif earlier:
        ours = [change for change in changes[changes.index(earlier[0]) :] if change in ours] or ours
    return _sent(ours), _sent(earlier)


def _about(asked: Asked, changes: Sequence[Change]) -> list[Change]:
    """Return the changes to the number of a write of ours about the time at which it was sent."""
    return [
        change
        for i, change in enumerate(changes)
        if change.by_user
        and change.high == asked.target
        and EARLIEST <= change.at - asked.at <= LATEST
        and (change.low <= change.high or _was_raised(asked, change, changes[:i]))
    ]


def _was_raised(asked: Asked, lowered: Change, earlier: Iterable[Change]) -> bool:
    """Return whether DesiredCapacity rose above what we saw before it was lowered.

    We only ever raise: what else lowers to our number was there before our look, and somebody's own.
    """
    if asked.seen_as is None:
        return True
    return any(c.low <= asked.seen_as < c.high and lowered.at - c.at <= LOOKED for c in earlier)


def _sent(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.at - changes[0].at <= SENT_AGAIN]


def _owed(changes: Iterable[Change], ours: list[Change], earlier: list[Change], fewer: int) -> int:
    """Return the number to put back by the changes, the oldest first; 0 for none.

    Places that were given up between two changes are owed no more: the later one begins lower. At least
    `fewer` were released between our last two writes. Whoever else writes the number later means it.
    """
    owed, last = 0, None
    for change in changes:
        if last:
            given_up = last.high - change.low
            between_ours = last in earlier and change in ours
            owed -= max(given_up, fewer if between_ours else 0, 0)
        if change not in ours and change not in earlier:
            owed = 0
        elif change.low > change.high:
            owed = max(owed, change.low)
        elif change.high >= owed:
            owed = 0
        last = change
    return owed


def undone(situation: Situation, capacity: Capacity) -> int | None:
    """Return the DesiredCapacity to put back, less our releases since; None where there is none.

    Only for minutes: those who were released are then forgotten, and what people wanted may be another thing.
    A number that was written to the group before this one is owed to nobody here.
    """
    asked, followed = situation.ledger.asked, situation.ledger.followed_at
    if asked is None or not asked.undid or situation.now - asked.at >= GIVEN_UP:
        return None
    if followed and asked.at <= followed:
        return None
    released = released_since(situation.ledger, asked, situation.now)
    # Our own write stays, or what was there before it, unless somebody lowers it, who means to.
    least = asked.target if asked.looked else min(asked.target, asked.seen_as or 0)
    if situation.now - asked.at >= WRITE_VISIBLE and situation.group.desired < least - released:
        return None
    due = min(asked.undid - released, situation.group.max_size)
    return due if due > capacity.desired else None


def asked_after(situation: Situation, capacity: Capacity, target: int | None, known: Ledger) -> Asked | None:
    """Return our last write once a decision on the `known` ledger wrote `target`, or None for nothing.

    What is put back stays owed until it is there, since the write may come to nothing. Once it is there,
    whoever lowers it meant to. While our own number is believed over Describe nobody knows whether it is.
    """
    asked, owed = situation.ledger.asked, undone(situation, capacity) or 0
    if target is not None:
        left = owed if owed >= target else 0
        before, seen = None, asked.seen if asked else None
        if asked and not asked.looked and not left and situation.now - asked.at < GIVEN_UP:
            before = msgspec.structs.replace(asked, before=None)
        seen_as = max(capacity.desired, situation.group.desired)
        again = known.desired is not None and known.desired >= target
        version = known.version + 1
        return Asked(target, situation.now, version, left > target, left, before, seen, seen_as, again)
    if asked and asked.undid and not owed and situation.now - asked.at >= WRITE_VISIBLE:
        return msgspec.structs.replace(asked, undid=0)
    return asked


def answered(ledger: Ledger) -> Ledger:
    """Return the ledger once AWS answered our last write: what that put back is owed no more."""
    asked = ledger.asked
    if asked is None or asked.undid != asked.target:
        return ledger
    return msgspec.structs.replace(ledger, asked=msgspec.structs.replace(asked, undid=0))


def undone_text(situation: Situation, number: int) -> str:
    """Return the sentence about a raise that our write undid."""
    asked = situation.ledger.asked
    assert asked is not None, "nothing is undone without a write of ours"
    if asked.target == asked.undid:
        return (
            f"desired {asked.target}, which was put back for somebody else at {asked.at:%FT%TZ}, does not "
            f"show, and is put back again to {number}"
        )
    return (
        f"somebody else's desired {asked.undid} was undone by our write, the last of {asked.target} at "
        f"{asked.at:%FT%TZ}, and is put back to {number}"
    )
