"""When a reconcile must look closer than one Describe shows: the hook, the dead, launches that are late."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.core.ledger import Ledger, Trouble
from chalicelib.core.runway import overdue_since
from chalicelib.core.situation import Situation
from chalicelib.core.walls import hook_due

ACTIVITIES_READ = timedelta(minutes=10)

# What the status message of a failed launch says, in lower case, and the kind of error that it is.
KINDS = (
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


class Looks(msgspec.Struct, frozen=True):
    """What to ask AWS beyond the group and the metrics: each is one call. `suspects` are instance ids."""

    hook: bool
    suspects: tuple[str, ...]
    activities: bool

    @property
    def due(self) -> bool:
        """At least one look is due."""
        return self.hook or bool(self.suspects) or self.activities


def looks_of(situation: Situation) -> Looks:
    """Return the looks that are due."""
    ledger, settings, now = situation.ledger, situation.settings, situation.now
    suspects = tuple(
        instance_id
        for instance_id, rdb in sorted(ledger.rdbs.items())
        if rdb.member
        and rdb.dead_at is None
        and (
            (rdb.member.in_service and not rdb.member.healthy)
            or rdb.member.ending
            or (rdb.member.pending and now - rdb.first_seen >= settings.boot_deadline)
        )
    )
    late = overdue_since(situation)
    read_at = ledger.trouble.read_at if ledger.trouble else None
    stale = read_at is None or now - read_at >= ACTIVITIES_READ
    return Looks(hook_due(situation), suspects, late is not None and stale)


def with_failed_launches(ledger: Ledger, failed: tuple[Activity, ...], now: datetime) -> Ledger:
    """The ledger with the newest of a group's failed launches; `since` is kept while its kind stays."""
    newest = max(failed, key=lambda activity: activity.started_at, default=None)
    if newest is None:
        trouble = Trouble("overdue", "no activity says why", now, now)
    else:
        trouble = Trouble(_kind(newest.message), newest.message, newest.started_at, now)
    known = ledger.trouble
    if known and known.code == trouble.code:
        trouble = msgspec.structs.replace(trouble, since=known.since)
    return msgspec.structs.replace(ledger, trouble=trouble)


def _kind(message: str) -> str:
    low = message.lower()
    return next((kind for kind, words in KINDS if any(word in low for word in words)), "failed")
