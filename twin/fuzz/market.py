"""Faults of the market: bursts, needs that return, launches and drains that take longer, days and hours."""

import json
from datetime import datetime, timedelta
from random import Random

from chalicelib.core.facts.calendar import Calendar, Session
from twin.fuzz.cast import Cast
from twin.fuzz.faulty import FaultyRdb
from twin.fuzz.site import FULL

MINUTE = timedelta(minutes=1)
LEARNED_BYTES = 4_000_000 * 1024


def burst(cast: Cast, random: Random) -> bool:
    """Publish a part of what an RDB holds within some minutes, beside the feed."""
    return cast.crowd.bursts(int(FULL * random.uniform(0.1, 0.6)), random.uniform(60, 600))


def needed_again(cast: Cast, random: Random) -> bool:
    """Ask for a host for a moment, and have demand return while it is handed back, which takes its time.

    From then on so it goes with each hand-back of the day; and each quarter of an hour a host is asked for.
    """

    def needed(rdb: FaultyRdb) -> None:
        rdb.drains_in = timedelta(minutes=10)
        cast.site.happened("needed_again")
        if random.random() < 0.5 or not cast.crowd.bursts(int(FULL * 0.7), 60):
            # Mostly for the hosts that there are: else the group would soon be full of them.
            cast.operators.asks_for(random.choice((0, 0, 0, 1)), minutes=2)

    def asks() -> None:
        if cast.crowd.needed_again is needed:
            cast.operators.asks_for(random.randint(1, 2), minutes=2)
            cast.site.agenda.after(15 * 60, asks)

    cast.crowd.needed_again = needed
    asks()
    return False


def night(cast: Cast, random: Random) -> bool:
    """Keep no host from now until an open, whether updates come or not, once its tickerplant reports."""
    site, now = cast.site, _minute_of(cast.site.agenda.now())
    closed, opens = now - random.randint(0, 10) * MINUTE, now + random.randint(15, 300) * MINUTE
    sessions = [Session(closed - 60 * MINUTE, closed), Session(opens, opens + 360 * MINUTE)]
    calendar = Calendar.of(sessions, random.choice((0, 5, 30)), "none")
    site.tickerplant_silent_since = None
    cast.operators.keeps_none()
    # Until its tickerplant was heard it would be refused; and when the faults stop it is removed.
    cast.repairs.after(60, lambda: cast.operators.puts_calendar(calendar))
    return True


def tickerplant_silent(cast: Cast, random: Random) -> bool:
    """Let the tickerplant's host say nothing for a while, if it reports."""
    site = cast.site
    if site.tickerplant_silent_since is not None:
        return False
    site.tickerplant_silent_since = site.agenda.now()

    def reports() -> None:
        site.tickerplant_silent_since = None

    cast.repairs.after(random.choice((5, 20, 60)) * 60, reports)
    return True


def no_overdraft(_cast: Cast, _random: Random, rdb: FaultyRdb) -> None:
    """Let the largest vector of a host need the memory above its roll threshold: it goes no further."""
    rdb.overdraws = False


def slow_drain(_cast: Cast, random: Random, rdb: FaultyRdb) -> None:
    """Let a host be slow to drain when it is asked to."""
    rdb.drains_in = timedelta(seconds=random.uniform(60, 900))


def lead_changed(cast: Cast, random: Random) -> bool:
    """Let launches take less or more than the lead for a while."""
    cast.site.slower = random.choice((0.3, 2.0, 3.0))

    def as_before() -> None:
        cast.site.slower = 1.0

    cast.repairs.after(random.uniform(10, 60) * 60, as_before)
    return True


def yesterday_forgotten(cast: Cast, _random: Random) -> bool:
    """Take from the ledger what came the day before: a first day."""
    return _yesterday(cast, None)


def yesterday_wrong(cast: Cast, random: Random) -> bool:
    """Let the ledger say that far less or far more came the day before."""
    return _yesterday(cast, random.choice((0.5, 5.0, 20.0, 60.0)) * LEARNED_BYTES)


def _yesterday(cast: Cast, amount: float | None) -> bool:
    site = cast.site
    item = site.table.ledger(site.cluster.name)
    if item is None or site.kept_ledger is not None:
        return False
    document = json.loads(item["document"]["S"])
    learned = {name: value for name, value in document.get("learned", {}).items() if name != "before"}
    document["learned"] = learned if amount is None else {**learned, "before": amount}
    site.table.put({**item, "document": {"S": json.dumps(document)}})
    return True


def right_hours(cast: Cast, random: Random) -> Calendar:
    """Return a calendar with the hours of this session, and those of the same time tomorrow."""
    now = _minute_of(cast.site.agenda.now())
    close = max(now + MINUTE, _minute_of(cast.crowd.closes))
    opened, day = now - random.randint(0, 60) * MINUTE, timedelta(days=1)
    return Calendar.of(
        [Session(opened, close), Session(opened + day, close + day)], grace_minutes=random.choice((0, 10, 60))
    )


def wrong_hours(cast: Cast, random: Random) -> Calendar:
    """Return a calendar by which it is closed while updates come, or open while none do."""
    at, sessions = _minute_of(cast.site.agenda.now()), []
    at -= random.randint(0, 120) * MINUTE
    for _ in range(random.randint(2, 5)):
        begin = at + random.randint(5, 60) * MINUTE
        at = begin + random.randint(1, 90) * MINUTE
        sessions.append(Session(begin, at))
    # One is always to come: a calendar that is over is refused.
    sessions.append(Session(at + timedelta(days=1), at + timedelta(days=1, hours=6)))
    return Calendar.of(sessions, grace_minutes=random.choice((0, 5, 30)))


def _minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
