"""Launches that do not arrive, or are gone before they serve: since when, and AWS's own error (rule 11)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.demand import lacks_standbys
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import FAILS_TOLD, Ledger, Trouble, TroubleCode
from chalicelib.core.facts.rdb import NEVER_IN_SERVICE, WRITE_VISIBLE
from chalicelib.core.facts.situation import Situation

ACTIVITIES_READ = timedelta(minutes=10)
# A launch that came to nothing counts for so long.
LOST_COUNTS = timedelta(hours=2)
# The first words of the alerts that say that launches fail.
LAUNCHES_FAIL = ("launch", "raise", "short", "lowered")

# What the status message of a failed launch says, in lower case, and the code of that error.
CODES: tuple[tuple[TroubleCode, tuple[str, ...]], ...] = (
    ("capacity", ("sufficient", "insufficientinstancecapacity", "no spot capacity")),
    ("quota", ("vcpu limit", "quota", "limit exceeded", "instancelimitexceeded", "maximum number of")),
    (
        "template",
        ("launch template", "ami", "image", "invalid", "not authorized", "unauthorized", "key pair"),
    ),
)


class Activity(msgspec.Struct, frozen=True):
    """One scaling activity: AWS's own message and cause, and when it started."""

    message: str
    started_at: datetime
    cause: str = ""
    failed_launch: bool = True


def overdue_since(situation: Situation) -> datetime | None:
    """Return since when the oldest overdue launch is awaited; None if none is overdue.

    Each that follows two which failed, or came to nothing, is, however young.
    """
    now, ledger = situation.now, situation.ledger
    awaited = list(_awaited(situation))
    if ledger.owed_since:
        awaited.append(ledger.owed_since)
    late = [since for since in awaited if now - since >= situation.settings.boot_deadline]
    if ledger.owed_since and ledger.trouble and ledger.trouble.times >= FAILS_TOLD:
        late.append(ledger.owed_since)
    if lost := lost_since(situation):
        late.append(lost)
    return min(late, default=None)


def lost_since(situation: Situation) -> datetime | None:
    """Return when the first of two launches or more came that were gone before they were in service.

    AWS tries again by itself, and each try begins a wait of its own. It is over once one is in service, or
    no launch is under way or owed.
    """
    ledger, group = situation.ledger, situation.group
    rdbs = [rdb for rdb in ledger.rdbs.values() if rdb.member_seen]
    served = (rdb.first_seen for rdb in rdbs if not rdb.only_pending)
    since = max(filter(None, [situation.now - LOST_COUNTS, ledger.followed_at, *served]))
    lost = [rdb.first_seen for rdb in rdbs if rdb.only_pending and (rdb.dead_at or rdb.member is None)]
    lost += [left.first_seen for left in ledger.gone.values() if left.why == NEVER_IN_SERVICE]
    lost = [first_seen for first_seen in lost if first_seen > since]
    is_owed = group.desired > sum(member.serves for member in group.members.values())
    if len(lost) < FAILS_TOLD or not (is_owed or any(_awaited(situation))):
        return None
    return min(lost)


def _awaited(situation: Situation) -> Iterator[datetime]:
    """Yield since when each launch that AWS shows is under way."""
    for rdb in situation.ledger.rdbs.values():
        if rdb.member and rdb.member.pending and not rdb.leaving(situation.now):
            yield rdb.first_seen


def activities_due(situation: Situation) -> bool:
    """Return whether the group's activities must be read: a launch is overdue, and nobody looked lately."""
    trouble = situation.ledger.trouble
    stale = trouble is None or situation.now - trouble.read_at >= ACTIVITIES_READ
    return stale and overdue_since(situation) is not None


def launches_fail(situation: Situation) -> bool:
    """Return whether an alert says that launches fail, or may begin with this decision (rule 1)."""
    ledger = situation.ledger
    if ledger.raise_fails or "Launch" in situation.group.suspended or overdue_since(situation) is not None:
        return True
    standing = [key for key, known in ledger.alerts.items() if known.ended is None]
    return any(key.partition(" ")[0] in LAUNCHES_FAIL for key in standing)


def with_failed_launches(situation: Situation, shown: tuple[Activity, ...]) -> Ledger:
    """Return the ledger with the launches that failed since the wait began, by the newest of them.

    AWS may have begun before we saw that it owes one. `since` is kept while the code stays.
    """
    ledger, now = situation.ledger, situation.now
    awaited = overdue_since(situation) or ledger.owed_since
    if awaited is None:
        return ledger
    of_this_wait = [
        activity
        for activity in shown
        if activity.failed_launch and awaited - activity.started_at <= WRITE_VISIBLE
    ]
    newest = max(of_this_wait, key=lambda activity: activity.started_at, default=None)
    if newest is None:
        trouble = Trouble("overdue", "no activity says why", now, now)
    else:
        code = _code(newest.message)
        since = min(each.started_at for each in of_this_wait if _code(each.message) == code)
        trouble = Trouble(code, newest.message, since, now, len(of_this_wait))
    known = ledger.trouble
    if known and known.code == trouble.code:
        trouble = msgspec.structs.replace(trouble, since=min(known.since, trouble.since))
    return msgspec.structs.replace(ledger, trouble=trouble)


def with_owed_since(situation: Situation, capacity: Capacity) -> Ledger:
    """Return the ledger with since when launches are owed, and without a cause once none is overdue.

    One that arrives ends the longest wait, and no other. Who lowers DesiredCapacity while room is lacking
    does not end the wait, unless no more than what is there is allowed. While Launch is suspended AWS owes
    none: the wait begins when it is resumed. What a raise that failed would bring is not awaited: AWS may
    never have received it, and the failure is told.
    """
    ledger, owed = situation.ledger, capacity.surely_owed
    waits = tuple(filter(None, [ledger.owed_since, *ledger.owed_later]))
    if "Launch" in situation.group.suspended:
        waits = ()
    elif owed:
        waits = (*waits[_arrivals(situation) :], *[situation.now] * owed)[:owed]
    elif (
        len(capacity.counted) >= situation.group.max_size
        or not lacks_standbys(situation, capacity)
        or _arrived(ledger)
    ):
        waits = ()
    since = waits[0] if waits else None
    ledger = msgspec.structs.replace(ledger, owed_since=since, owed_later=waits[1:])
    if ledger.trouble and ledger.trouble.times and _arrivals(situation):
        # What failed before one came is no part of the wait for the others.
        ledger = msgspec.structs.replace(ledger, trouble=msgspec.structs.replace(ledger.trouble, times=0))
    if overdue_since(situation.on(ledger)) is None:
        return msgspec.structs.replace(ledger, trouble=None)
    return ledger


def _arrivals(situation: Situation) -> int:
    """Return how many launches this look shows for the first time."""
    return sum(rdb.member_seen == rdb.first_seen == situation.now for rdb in situation.ledger.rdbs.values())


def _arrived(ledger: Ledger) -> bool:
    since = ledger.owed_since
    return since is not None and any(
        rdb.member_seen and rdb.first_seen > since for rdb in ledger.rdbs.values()
    )


def lowered(situation: Situation, capacity: Capacity) -> Alert | None:
    """Return the alert that DesiredCapacity is without a launch that was awaited, though room is lacking.

    Nobody need have lowered it: a function of ours may have died before its raise.
    """
    since, desired = situation.ledger.owed_since, situation.group.desired
    if since is None or capacity.owed or desired > len(capacity.counted):
        return None
    text = (
        f"desired is {desired}, without the launch that is awaited since {since:%FT%TZ}, and no RDB has "
        "room: somebody lowered it, or a raise of ours did not reach AWS; it is raised again as soon as it "
        "may be; CloudTrail has who called SetDesiredCapacity, and when"
    )
    return Alert.of("lowered", text)


def overdue(situation: Situation, wanted: int) -> Alert | None:
    """Return the alert about launches that do not arrive; None when none is overdue.

    `wanted` counts the launches that are owed or asked for now. While Launch is suspended none of them comes,
    which needs no waiting to be known. Where none is wanted, only one that is under way is overdue.
    """
    since, trouble = overdue_since(situation), situation.ledger.trouble
    if wanted and "Launch" in situation.group.suspended:
        name = situation.group.name
        text = (
            f"Launch is suspended on group {name}, and launches are wanted: {wanted}; resume it: "
            f"aws autoscaling resume-processes --auto-scaling-group-name {name} --scaling-processes Launch"
        )
        return Alert.of("launch", text, "suspended")
    if since is None or not (wanted or any(_awaited(situation))):
        return None
    late = f"launch overdue since {since:%FT%TZ}"
    if lost := lost_since(situation):
        late = f"launches are gone before they are in service, since {lost:%FT%TZ}"
    elif trouble and trouble.times >= FAILS_TOLD:
        late = f"launches fail since {trouble.since:%FT%TZ}, {trouble.times} so far, and AWS tries again"
        return Alert.of("launch", f"{late}: {trouble.text}", trouble.code)
    if trouble is None:
        return Alert.of("launch", f"{late}: no activity says why", "overdue")
    return Alert.of("launch", f"{late}: {trouble.text} (first seen {trouble.since:%FT%TZ})", trouble.code)


def _code(message: str) -> TroubleCode:
    low = message.lower()
    return next((code for code, words in CODES if any(word in low for word in words)), "failed")
