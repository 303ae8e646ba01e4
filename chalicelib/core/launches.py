"""Launches that do not arrive: since when, AWS's own error, and what is told (rule 11)."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.ledger import LaunchCode, Ledger, Trouble
from chalicelib.core.situation import Situation

ACTIVITIES_READ = timedelta(minutes=10)

# What the status message of a failed launch says, in lower case, and the code of that error.
CODES: tuple[tuple[LaunchCode, tuple[str, ...]], ...] = (
    ("capacity", ("sufficient", "insufficientinstancecapacity", "no spot capacity")),
    ("quota", ("vcpu limit", "quota", "limit exceeded", "instancelimitexceeded", "maximum number of")),
    (
        "template",
        ("launch template", "ami", "image", "invalid", "not authorized", "unauthorized", "key pair"),
    ),
)


class Activity(msgspec.Struct, frozen=True):
    """One scaling activity that failed: AWS's own message and when it started."""

    message: str
    started_at: datetime


class Overdue(msgspec.Struct, frozen=True):
    """A launch that does not arrive: the code of its cause, and the sentence with AWS's own error."""

    code: LaunchCode
    text: str


def overdue_since(situation: Situation) -> datetime | None:
    """Return since when the oldest overdue launch is awaited; None if none is overdue."""
    now = situation.now
    awaited = [
        rdb.first_seen
        for rdb in situation.ledger.rdbs.values()
        if rdb.member and rdb.member.pending and not rdb.leaving(now)
    ]
    if situation.ledger.owed_since:
        awaited.append(situation.ledger.owed_since)
    late = [since for since in awaited if now - since >= situation.settings.boot_deadline]
    return min(late, default=None)


def activities_due(situation: Situation) -> bool:
    """Return whether the group's activities must be read: a launch is overdue, and nobody looked lately."""
    trouble = situation.ledger.trouble
    stale = trouble is None or situation.now - trouble.read_at >= ACTIVITIES_READ
    return stale and overdue_since(situation) is not None


def with_failed_launches(ledger: Ledger, failed: tuple[Activity, ...], now: datetime) -> Ledger:
    """Return the ledger with the newest of the failed launches; `since` is kept while its code stays."""
    newest = max(failed, key=lambda activity: activity.started_at, default=None)
    if newest is None:
        trouble = Trouble("overdue", "no activity says why", now, now)
    else:
        trouble = Trouble(_code(newest.message), newest.message, newest.started_at, now)
    known = ledger.trouble
    if known and known.code == trouble.code:
        trouble = msgspec.structs.replace(trouble, since=known.since)
    return msgspec.structs.replace(ledger, trouble=trouble)


def overdue(situation: Situation) -> Overdue | None:
    """Return what operators must know of launches that do not arrive; None when none is overdue."""
    since = overdue_since(situation)
    if since is None:
        return None
    late, trouble = f"launch overdue since {since:%FT%TZ}", situation.ledger.trouble
    if "Launch" in situation.group.suspended:
        return Overdue("suspended", f"{late}: Launch is suspended")
    if trouble is None:
        return Overdue("overdue", f"{late}: no activity says why")
    return Overdue(trouble.code, f"{late}: {trouble.text} (first seen {trouble.since:%FT%TZ})")


def _code(message: str) -> LaunchCode:
    low = message.lower()
    return next((code for code, words in CODES if any(word in low for word in words)), "failed")
