"""Nobody waits in silence: more room is wanted than is there or on its way, and why (rule 13)."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from chalicelib.core.alerts import Alert, AlertCase
from chalicelib.core.ledger import Ledger
from chalicelib.core.raises import Raise, RaiseCode
from chalicelib.core.situation import Situation

BEYOND_THE_LEAD = timedelta(minutes=10)

# The alert that says it more exactly, where there is one: of one cause one alert stands.
EXACT: dict[RaiseCode, AlertCase | None] = {
    "raise": "raise",
    "max-size": "max-size",
    "configuration": "configuration",
    "waiting": None,
    "room": None,
}


def with_short(situation: Situation, missing: int, due: Raise) -> Ledger:
    """Return the ledger with since when room is lacking that nothing brings; a raise that works brings it."""
    ledger = situation.ledger
    comes = due.target is not None and ledger.raise_fails is None
    since = (ledger.short_since or situation.now) if missing and not comes else None
    return msgspec.structs.replace(ledger, short_since=since)


def short(situation: Situation, due: Raise, others: Iterable[Alert]) -> Alert | None:
    """Return the alert that room is lacking; None while it may still come, or where another says why."""
    since, exact = situation.ledger.short_since, EXACT[due.code]
    if since is None or situation.now - since < situation.settings.lead + BEYOND_THE_LEAD:
        return None
    if exact and any(alert.is_of(exact) for alert in others):
        return None
    text = (
        f"more room is wanted than there is or is on its way, since {since:%FT%TZ}: {due.reason}; remove the "
        "cause, or ask for capacity: an operator's request does not wait"
    )
    return Alert.of("short", text, cause=due.code)
