"""Nobody waits in silence: more room is wanted than is there or on its way, and why (rule 13)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.demand import Demand, lacks_standbys
from chalicelib.core.capacity.raises import Raise, RaiseCode
from chalicelib.core.facts.alert import Alert, AlertCase
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.situation import Situation

TOLD_AFTER_THE_LEAD = timedelta(minutes=10)

# The alert that says it more exactly, where there is one: of one cause one alert stands.
EXACT: dict[RaiseCode, AlertCase | None] = {
    "raise": "raise",
    "max-size": "max-size",
    "configuration": "configuration",
    "waiting": None,
    "room": None,
}


def with_short(situation: Situation, capacity: Capacity, demand: Demand, due: Raise) -> Ledger:
    """Return the ledger with since when room is lacking; only a host that has room ends that wait.

    It begins when nothing brings the room: a raise that works, and a launch that AWS owes, bring it. While
    Launch is suspended neither does. The wait for launches that never came, and for raises that failed, was a
    part of it.
    """
    ledger, lacks = situation.ledger, lacks_standbys(situation, capacity)
    if "Launch" in situation.group.suspended:
        begins = lacks
    else:
        begins = demand.missing(capacity) > 0 and not _comes(situation, due)
    waits = begins or (ledger.short_since is not None and lacks)
    since = (ledger.short_since or _waited_since(ledger) or situation.now) if waits else None
    return msgspec.structs.replace(ledger, short_since=since)


def _waited_since(ledger: Ledger) -> datetime | None:
    fails = ledger.raise_fails
    return min(filter(None, [ledger.owed_since, fails.since if fails else None]), default=None)


def _comes(situation: Situation, due: Raise) -> bool:
    return due.target is not None and situation.ledger.raise_fails is None


def short(situation: Situation, due: Raise, others: Iterable[Alert]) -> Alert | None:
    """Return the alert that room is lacking; None while it may still come, or where another says why."""
    since, exact = situation.ledger.short_since, EXACT[due.code]
    if since is None or situation.now - since < situation.settings.lead + TOLD_AFTER_THE_LEAD:
        return None
    if due.code == "room" or _comes(situation, due):
        return None
    if exact and any(alert.is_of(exact) for alert in others):
        return None
    text = (
        f"more room is wanted than there is or is on its way, since {since:%FT%TZ}: {due.reason}; remove the "
        "cause, or ask for capacity: an operator's request does not wait"
    )
    return Alert.of("short", text, cause=due.code)
