"""The days of a cluster, as its decisions and its own metrics tell them, for a sizing."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import Any

import boto3

from highwater.deploy.aws.caller import reading
from highwater.market.feed import Feed
from highwater.market.sessions import BadSessions, Session, beginning_of, in_order, session_of
from highwater.operate.api import Api, Unknown
from highwater.operate.connection import connected
from highwater.operate.looking import cluster_of, decisions_of
from highwater.operate.words.plain import GIBIBYTE, clock, counted, instant
from highwater.size.asked import Given
from highwater.size.growth import MINUTE, SOON, Life, grown, lives_of
from highwater.size.metrics import memory_of
from highwater.size.options import USUAL_DAYS
from highwater.terminal import Refused, say
from highwater.whatif.feed_file import FeedFile
from highwater.whatif.given import sessions_of

DAY, MOST_DECISIONS = timedelta(days=1), 20_000
# Before a day begins, for the first rise in it; and after it, to tell a replay from rows that were saved.
EARLIER, LATER = 5 * MINUTE, SOON + 2 * MINUTE
# A day with less of the day that has most is no day of trading, such as one of a weekend.
LEAST_SHARE = 0.01
# The calendar's hours are those that most of its days have, so long before and after now.
NEXT = timedelta(days=7)
KIB = 1.0
Json = dict[str, Any]


def measured(args: argparse.Namespace, session: boto3.Session) -> Given:
    """Return the last whole days of a cluster, each update a KiB.

    Raises Refused, and Failed where API or AWS did not answer.
    """
    api = connected(args, session)
    view = cluster_of(api, args.cluster)
    now, days = instant(view["at"]), args.days or USUAL_DAYS
    sessions, grace = hours_of(api, args, now, days)
    first = datetime.combine(now.date(), time(), UTC) - days * DAY
    back = timedelta(seconds=beginning_of(sessions))
    midnights = [first + number * DAY for number in range(days)]
    decisions = _decisions(api, args.cluster, first + back - EARLIER)
    lives, known_from = lives_of([*decisions, _as_it_is(view)]), _known_from(decisions)
    host_bytes = host_bytes_of(view["rdbs"], lives, args.host_gib)
    with reading():
        client = session.client("cloudwatch")
    feeds: dict[str, Feed] = {}
    left_out: dict[str, str] = {}
    for midnight in midnights:
        begins, name = midnight + back, f"{midnight:%F}"
        if known_from is None or known_from > begins:
            since = f" before {clock(known_from, now)}" if known_from else ""
            left_out[name] = f"no decision{since} is on record, so who was live is not known"
            continue
        say(f"Reading the metrics of {name}")
        there = [one for one, spans in lives.items() if any(_meets(life, begins) for life in spans)]
        if memory := memory_of(client, args.cluster, there, begins - EARLIER, begins + DAY + LATER):
            feeds[name] = Feed(grown(memory, lives, host_bytes, begins))
        else:
            left_out[name] = "no RDB that was live published its memory"
    came = {name: _traded(feed, sessions).total for name, feed in feeds.items()}
    least = LEAST_SHARE * max(came.values(), default=0)
    for name, kib in came.items():
        if kib <= least:
            left_out[name] = f"memory grew by {kib / 1024:,.0f} MiB alone: no day of trading"
    found = [(name, FeedFile(feed, KIB)) for name, feed in feeds.items() if came[name] > least]
    if not found:
        why = "; ".join(dict.fromkeys(left_out.values()))
        last = counted(days, "day")
        raise Refused(f"--cluster {args.cluster}: of its last {last} before today none can be used: {why}.")
    return Given(found, sessions, grace, left_out)


def _traded(feed: Feed, sessions: Sequence[Session]) -> Feed:
    return feed.during(sessions, beginning_of(sessions)) if sessions else feed


def hours_of(
    api: Api, args: argparse.Namespace, now: datetime, days: int
) -> tuple[tuple[Session, ...], int | None]:
    """Return the hours of trading in UTC and the grace: those that are given, or the calendar's."""
    if args.session:
        return sessions_of(args.session), args.grace
    try:
        calendar = api.get(f"/clusters/{args.cluster}/calendar")
    except Unknown:
        return (), args.grace
    sessions = sessions_around(calendar["sessions"], now - days * DAY, now + NEXT)
    if not sessions:
        return (), args.grace
    grace = calendar["grace_minutes"] if args.grace is None else args.grace
    hours = ", ".join(map(str, sessions))
    say(f"Its calendar's sessions, in UTC: {hours}, grace {grace} minutes; --session gives others.")
    return sessions, grace


def sessions_around(calendar: Sequence[Json], begin: datetime, end: datetime) -> tuple[Session, ...]:
    """Return the sessions that most days of a calendar have of those that end in a time. Raises Refused."""
    spans = [(instant(one["start"]).astimezone(UTC), instant(one["end"]).astimezone(UTC)) for one in calendar]
    near = [span for span in spans if begin < span[1] <= end]
    # One that ends at midnight is of the day before.
    days = groupby(near, lambda span: (span[1] - MINUTE).date())
    hours = Counter(tuple(_session(*span) for span in of_day) for _, of_day in days)
    if not hours:
        return ()
    (usual, _), *_ = hours.most_common(1)
    try:
        return in_order([session_of(text) for text in usual])
    except BadSessions as error:
        raise Refused(f"The calendar's sessions {error}: give them with --session.") from error


def _session(start: datetime, end: datetime) -> str:
    ends = "24:00" if f"{end:%H:%M}" == "00:00" else f"{end:%H:%M}"
    return f"{start:%H:%M}-{ends}"


def _decisions(api: Api, cluster: str, begins: datetime) -> list[Json]:
    """Return the decisions from a time until now, the oldest first, and the last one before it.

    Those of today are among them: who was live at the end of a day may be named on the next one alone.
    """
    since = f"{begins:%FT%TZ}"
    found = list(decisions_of(api, cluster, MOST_DECISIONS + 1, since=since))
    if len(found) > MOST_DECISIONS:
        raise Refused(f"--days: have more than {MOST_DECISIONS:,} decisions: give fewer.")
    return [*found, *decisions_of(api, cluster, 1, until=since)][::-1]


def _as_it_is(view: Json) -> Json:
    """Return who is live now, as a decision tells it."""
    live = [one["instance_id"] for one in view["rdbs"] if one["state"] == "live"]
    return {"at": view["at"], "rooms": {one: {"why": "live"} for one in live}}


def _known_from(decisions: Sequence[Json]) -> datetime | None:
    return instant(decisions[0]["at"]) if decisions else None


def host_bytes_of(rdbs: Sequence[Json], lives: Mapping[str, Any], given: float | None) -> dict[str, float]:
    """Return the memory of each RDB that was live: its own where it is there, or that of those that are."""
    own = {one["instance_id"]: float(one["memory_total"]) for one in rdbs if one["memory_total"]}
    sizes = sorted({*own.values()})
    if given is None and lives and not sizes:
        raise Refused("No RDB is there now that says what memory its host has: give --host-gib.")
    if given is None and len(sizes) > 1 and not lives.keys() <= own.keys():
        gib = " and ".join(f"{size / GIBIBYTE:.1f}" for size in sizes)
        raise Refused(
            f"Hosts of {gib} GiB are there now, and of those that are gone nobody knows it: give --host-gib."
        )
    usual = given * GIBIBYTE if given is not None else max(sizes, default=0.0)
    return {one: own.get(one, usual) for one in lives}


def _meets(life: Life, begins: datetime) -> bool:
    return life.begin < begins + DAY and begins < life.end
