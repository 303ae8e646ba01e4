"""The page of `why`: what is going on in a cluster, why, and what to do."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from highwater.operate.words.cases import HOST_Q, RAISE, about, advice, bars, case_of, urgent_first
from highwater.operate.words.launches import because, fact, launches, owed, unanswered_room
from highwater.operate.words.names import names_of, undecided_names
from highwater.operate.words.page import NOTHING, Entry, Page
from highwater.operate.words.plain import clock, counted, instant, plain, who
from highwater.operate.words.rdbs import (
    ahead_of,
    holds,
    live_of,
    memory_of,
    released,
    state_of,
    threshold,
    urgency,
    with_room,
)
from highwater.operate.words.refusals import NO_PROOF, kept_for
from highwater.operate.words.rolls import is_full, reached, rolls

MOST_RDBS = 8
NEAR_MINUTES = 5
NOBODY = "NOBODY STANDS BY"
# Nobody wonders why one of these is not released.
STAYS = ("live", "standby", "booting", None)
# What stands against each rolled one until it has drained.
OF_DATA = ("holds ", "not drained but rolled", "newest report is", NO_PROOF)
ROLLED = "Those that are rolled are not released while they hold updates: each drains once they are saved."
Json = Mapping[str, Any]


def page_of(view: Json, decisions: Sequence[Json] = (), most: int = MOST_RDBS) -> Page:
    """Return the page of a cluster as the API shows it, with its newest decisions."""
    now = instant(view["at"])
    rdbs = sorted(view["rdbs"], key=urgency)
    entries = [_entry(rdb, view, now) for rdb in rdbs]
    hidden = [state_of(rdb) for rdb in rdbs[most:]]
    return Page(
        view["cluster"],
        view["at"],
        headline_of(view),
        tuple(_said(view, decisions, rdbs, now)),
        tuple(entries[:most]),
        " ".join(
            filter(None, [_hidden(hidden, view["cluster"]), ROLLED if any(map(_only_holds, rdbs)) else ""])
        ),
        tuple(_todo(view, rdbs)) or (NOTHING,),
    )


def undecided_page(line: Json, decisions: Sequence[Json]) -> Page:
    """Return the page of a cluster that is listed only: nothing is decided for it."""
    # The list has no time: the newest thing that it tells of says which day it is.
    told = [*(alert["since"] for alert in line["alerts"]), *(decision["at"] for decision in decisions)]
    now = max(map(instant, told), default=datetime.now(UTC))
    alerts = urgent_first(line["alerts"])
    said = [("why", because(line["reason"], now))]
    said += [("alert", fact(alert, now)) for alert in alerts if alert["text"] != line["reason"]]
    if known := next((decision for decision in decisions if decision.get("rooms")), None):
        hosts = ", ".join(sorted(known["rooms"]))
        said.append(("RDBs", f"{hosts}, as of {clock(known['at'], now)}: what they do now is not known"))
    names = undecided_names(line)
    return Page(
        line["cluster"],
        None,
        "NOTHING IS DECIDED FOR IT: nobody raises it when its RDBs fill",
        tuple(said),
        (),
        "",
        tuple(advice(alerts, names)) or (NOTHING,),
    )


def hold_words(hold: Json, now: datetime) -> str:
    """Return who holds, since when, until when, and why."""
    until = f", until {clock(hold['until'], now)}" if hold.get("until") else ", without an end"
    return f"by {who(hold['by'])} since {clock(hold['at'], now)}{until}: {hold['reason']}"


def headline_of(view: Json) -> str:
    """Return the state of a cluster in a sentence: who is live, how long that lasts, who comes next."""
    now, rdbs, alerts = instant(view["at"]), view["rdbs"], view["alerts"]
    live = live_of(view)
    standing = f"; {counted(len(alerts), 'alert')} to see to" if alerts else ""
    if live:
        return (
            f"{live['instance_id']} is live and rolls {rolls(live, view)}; {_follows(view, rdbs)}{standing}"
        )
    if missed := next((alert for alert in alerts if case_of(alert).place == "live"), None):
        since = re.search(r"since (\S+Z)", missed["text"])
        coming = _coming(view, rdbs)
        following = f"; {coming}" if coming else ""
        at = clock(since[1] if since else missed["since"], now)
        return f"NO RDB IS LIVE since {at}{following}{standing}"
    if any(rdb["state"] == "unknown" for rdb in rdbs):
        return f"NO RDB SAYS THAT IT IS LIVE, and one does not answer{standing}"
    calendar = view["calendar"]
    if calendar and not calendar["in_session"] and calendar["overnight"] == "none":
        return f"no RDB is live: the market is closed, and none is kept overnight{standing}"
    return f"NO RDB IS LIVE{standing}" if rdbs else f"the cluster has no RDB{standing}"


def _coming(view: Json, rdbs: Sequence[Json]) -> str | None:
    """Say who is there or on its way to be live next."""
    ahead = ahead_of(rdbs, instant(view["at"]))
    if ahead.ready:
        return f"{counted(len(ahead.ready), 'standby')} ready"
    if ahead.starting:
        return "the next one is starting"
    if _is_barred(view):
        return None
    if view["code"] == "raise":
        return "the next one is asked for now"
    return "the next one is awaited from AWS" if owed(view) > 0 else None


def _is_barred(view: Json) -> bool:
    return any(map(bars, view["alerts"]))


def _follows(view: Json, rdbs: Sequence[Json]) -> str:
    """Say who comes after the live one. That nobody does is grave only when it is near its threshold."""
    if coming := _coming(view, rdbs):
        return coming
    ahead, left, barred = ahead_of(rdbs, instant(view["at"])), view["runway_minutes"], _is_barred(view)
    live = live_of(view)
    full = live and is_full(live, view)
    near = full or (left is not None and left < 2 * view["settings"]["lead_seconds"] / 60 + NEAR_MINUTES)
    if ahead.unanswered or near or barred or view["code"] != "room":
        return NOBODY
    return "no other is needed yet"


def _said(
    view: Json, decisions: Sequence[Json], rdbs: Sequence[Json], now: datetime
) -> Iterator[tuple[str, str]]:
    yield from _live(view, rdbs, now)
    awaited = f"; launches awaited from AWS: {owed(view)}" if owed(view) > 0 else ""
    yield "next", ahead_of(rdbs, now).words() + awaited
    group = view["group"]
    yield (
        "room",
        f"{with_room(view)}; DesiredCapacity {view['desired']}, "
        f"MinSize {group['min_size']}, MaxSize {group['max_size']}",
    )
    for number, text in enumerate(launches(view, decisions)):
        yield "launches" if not number else "", text
    if hold := view["hold"]:
        yield "hold", hold_words(hold, now)
    if calendar := view["calendar"]:
        opens = f", next open {clock(calendar['next_open'], now)}" if calendar["next_open"] else ""
        yield "market", f"{'trades now' if calendar['in_session'] else 'closed'}{opens}"
    if view["settings"]["retiring"]:
        yield "retiring", "the cluster is being removed: it wants no room"
    ids = {rdb["instance_id"] for rdb in rdbs}
    for alert in urgent_first(view["alerts"]):
        if case_of(alert).place == "cluster" or (case_of(alert).place == "rdb" and about(alert) not in ids):
            yield "alert", fact(alert, now)


def _live(view: Json, rdbs: Sequence[Json], now: datetime) -> Iterator[tuple[str, str]]:
    live = live_of(view)
    for alert in view["alerts"]:
        if case_of(alert).place == "live":
            yield "live", fact(alert, now)
    if live:
        roll = threshold(view["settings"]["roll_threshold"], live["memory_total"])
        until = reached(live, view, alone=_follows(view, rdbs) == NOBODY)
        yield (
            "live",
            f"{live['instance_id']} at {memory_of(live)}; it rolls at {roll}, {until}",
        )
    elif not any(case_of(alert).place == "live" for alert in view["alerts"]):
        silent = [rdb["instance_id"] for rdb in rdbs if rdb["state"] == "unknown"]
        asked = f"; {', '.join(silent)} may have been the live one: its q does not answer" if silent else ""
        yield "live", f"no RDB says that it is{asked}"


def _entry(rdb: Json, view: Json, now: datetime) -> Entry:
    own = [alert for alert in view["alerts"] if about(alert) == rdb["instance_id"]]
    notes = [_own(fact(alert, now), rdb["instance_id"]) for alert in own]
    if rdb["state"] == "unknown" and not own:
        at = clock(rdb["reported_at"], now)
        notes.append(f"its q does not answer, as of {at}; it counts as room for some minutes: it may return")
    if rdb["hold"]:
        notes.append(plain(f"held by {rdb['hold']['by']}: {rdb['hold']['reason']}", now))
    if left := released(rdb, now):
        notes.append(left)
    elif rdb["lifecycle"] is None:
        notes.append("not in its group, and Highwater did not release it")
    elif not _stays_as_ever(rdb):
        notes.append(f"not released: {kept_for(rdb, view['cluster'], now)}")
    return Entry(rdb["instance_id"], state_of(rdb), memory_of(rdb), holds(rdb, now), tuple(notes))


def _stays_as_ever(rdb: Json) -> bool:
    """Return whether nobody wonders why it is not released: it takes data, waits for it, or holds it."""
    lifecycle = rdb["lifecycle"] or ""
    if rdb["drain"] or rdb["hold"] or not lifecycle.startswith(("InService", "Pending")):
        return False
    return rdb["state"] in STAYS or _only_holds(rdb)


def _only_holds(rdb: Json) -> bool:
    """Return whether it is a rolled one that is kept for its data alone."""
    reasons = [text for text in rdb["not_released_for"] if not text.startswith(OF_DATA)]
    return rdb["state"] == "rolled" and not reasons


def _own(text: str, instance_id: str) -> str:
    """Leave out the id of an RDB below its own line."""
    return text.removeprefix(instance_id).lstrip(": ")


def _todo(view: Json, rdbs: Sequence[Json]) -> Iterator[str]:
    names = names_of(view)
    yield from advice(view["alerts"], names, awaited=owed(view) > 0)
    told = {about(alert) for alert in view["alerts"]}
    silent = [r["instance_id"] for r in rdbs if r["state"] == "unknown" and r["instance_id"] not in told]
    if silent:
        yield HOST_Q.format(ids=", ".join(silent), id=silent[0])
    if unanswered_room(view):
        yield f"if q will not return, {RAISE.format(**names)}"


def _hidden(states: Sequence[str], cluster: str) -> str:
    if not states:
        return ""
    by_state = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    return f"and {counted(len(states), 'RDB')} more: {by_state} (`highwater status {cluster}` lists all)."
