"""The walls: settings of an RDB group that keep AWS from terminating an instance by itself (rule 7).

Walls stand on groups with `highwater:role=rdb` only: a tickerplant's group must be able to recover.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.core.ledger import Group, Ledger

SUSPENDED = frozenset({"AZRebalance", "ReplaceUnhealthy", "Terminate"})
HOOK_NAME = "highwater-terminating"
HOOK_SECONDS = 7200
# Found and mended within an hour, also by a sweep that was lost.
HOOK_LOOKED_AT = timedelta(minutes=50)
HOOK_TRUSTED = timedelta(minutes=10)

WallName = Literal["suspended", "protects-new", "protected", "retains", "undeletable", "hook"]


class Missing(msgspec.Struct, frozen=True):
    """A wall that does not stand, and the sentence that says what is open."""

    wall: WallName
    text: str


def missing(ledger: Ledger, group: Group, now: datetime) -> tuple[Missing, ...]:
    """Every wall that is known not to stand. The hook is judged by when it was last looked at."""
    found = []
    if resumed := SUSPENDED - group.suspended:
        found.append(Missing("suspended", f"{', '.join(sorted(resumed))} not suspended"))
    if not group.protects_new:
        found.append(Missing("protects-new", "new instances are not protected from scale-in"))
    if bare := unprotected(ledger, group, now):
        found.append(Missing("protected", f"{', '.join(bare)} not protected from scale-in"))
    if not group.retains:
        found.append(Missing("retains", "an instance whose terminating hook is abandoned is not retained"))
    if not group.undeletable:
        found.append(Missing("undeletable", "the group can be deleted"))
    if ledger.hook and not ledger.hook.stands:
        found.append(Missing("hook", f"the terminating hook {HOOK_NAME} does not stand"))
    return tuple(found)


def unprotected(ledger: Ledger, group: Group, now: datetime) -> tuple[str, ...]:
    """Members in service without scale-in protection that are not on their way out by our release."""
    bare = (i for i, member in sorted(group.members.items()) if member.in_service and not member.protected)
    return tuple(i for i in bare if not ((rdb := ledger.rdbs.get(i)) and rdb.leaving(now)))


def hook_due(ledger: Ledger, now: datetime) -> bool:
    """Whether the hook, which only a call of its own shows, must be looked at again: every 50 minutes, before
    anything is released, and at once after it was found missing and mended."""
    if ledger.hook is None or not ledger.hook.stands:
        return True
    trusted = (
        HOOK_TRUSTED if any(rdb.drained or rdb.dead_at for rdb in ledger.rdbs.values()) else HOOK_LOOKED_AT
    )
    return now - ledger.hook.at >= trusted


def against_release(ledger: Ledger, group: Group, now: datetime) -> tuple[str, ...]:
    """Every wall that is missing or not known to stand, as reasons to release nothing."""
    reasons = [f"wall missing: {wall.text}" for wall in missing(ledger, group, now)]
    if ledger.hook is None or now - ledger.hook.at > HOOK_TRUSTED:
        reasons.append("wall unknown: the terminating hook was not looked at within ten minutes")
    return tuple(reasons)
