"""A calendar as seen from now, and what is decided by it."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.commands.drains import CALENDAR
from chalicelib.core.decide import Decided, decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar, KeptCalendar, Overnight, Session
from chalicelib.core.facts.tickerplant import KnownTickerplant
from chalicelib.core.facts.wake_ups import SetCalendar
from tests.unit.builders import (
    NOW,
    Facts,
    rdb,
    report,
    situation,
    tickerplant,
)

HOUR = timedelta(hours=1)
HEARD = tickerplant()
MINUTE = 1 / 60
STANDBY = rdb(report(State.STANDBY, 4))


def calendar(
    closed: float = 3, opens: float = 14, overnight: Overnight = "one", weeks: int = 8, grace: int = 60
) -> Calendar:
    """A calendar whose last session ended so many hours ago, and whose next begins in so many hours."""
    last = Session(NOW - (closed + 6) * HOUR, NOW - closed * HOUR)
    following = [
        Session(NOW + opens * HOUR + timedelta(days=day), NOW + (opens + 6) * HOUR + timedelta(days=day))
        for day in range(7 * weeks)
    ]
    put = Calendar.of([last, *following], grace, overnight)
    return msgspec.structs.replace(put, by="ann", at=NOW - 10 * HOUR)


def decided(
    known: Facts, kept: Calendar | KeptCalendar | None, *commands: SetCalendar, said: KnownTickerplant = HEARD
) -> Decided:
    known = (msgspec.structs.replace(known[0], tickerplant=said), known[1])
    kept = kept if isinstance(kept, KeptCalendar) else KeptCalendar(kept)
    return decide(msgspec.structs.replace(situation(known), kept=kept), commands)


def asked_by_calendar(found: Decided) -> list[str]:
    rdbs = found.ledger.rdbs
    return sorted(i for i, known in rdbs.items() if known.drain and known.drain.by == CALENDAR)


def told(found: Decision) -> str | None:
    return next((alert.cause for alert in found.alerts if alert.key == "calendar"), None)


def put(of: Calendar, at: datetime = NOW) -> SetCalendar:
    return SetCalendar("c1", "ann", at, msgspec.structs.replace(of, at=at))


def reasons(found: Decided) -> tuple[str, ...]:
    refused = (refusal for refusal in found.decision.refused if refusal.what == "calendar")
    return tuple(reason for refusal in refused for reason in refusal.reasons)
