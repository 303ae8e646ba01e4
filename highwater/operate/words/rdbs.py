"""One RDB in words: its state, its memory, what it holds, and what may be said of its room."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from highwater.operate.words.plain import ago, clock, counted, number, plain, size, who, window

Rdb = Mapping[str, Any]
STALE_MINUTES = 10


# Of whom these alerts are, what it said last is no more so; while the first stands nobody is live.
NO_LIVE, NO_MORE = "no-live", ("stopped", "dead", "silent")
# So the room of one is told that says on that it is live, while another took over (rule 5).
SUCCEEDED = "live since "


def is_live(why: str) -> bool:
    """Return whether an RDB is live, by why a decision says that it has room, or none."""
    return why.startswith("live") and not why.startswith(SUCCEEDED)


def live_of(view: Mapping[str, Any]) -> Rdb | None:
    """Return the RDB of a cluster that is live; of several that say so the one that took over.

    Where nobody knows who did, it is the one that was heard of last.
    """
    alerts = [alert["key"].partition(" ") for alert in view["alerts"]]
    if any(case == NO_LIVE for case, _, _ in alerts):
        return None
    down = {about for case, _, about in alerts if case in NO_MORE}
    said = [rdb for rdb in view["rdbs"] if rdb["state"] == "live" and rdb["lifecycle"]]
    down |= {rdb["instance_id"] for rdb in said if rdb["room"] and rdb["room"]["why"].startswith(SUCCEEDED)}
    return max((rdb for rdb in said if rdb["instance_id"] not in down), key=_heard_at, default=None)


def _heard_at(rdb: Rdb) -> datetime:
    return max(datetime.fromisoformat(at) for at in (rdb["reported_at"], rdb["memory_at"]) if at)


def state_of(rdb: Rdb) -> str:
    """Return its state in one word, or that of its instance where that says more."""
    lifecycle = rdb["lifecycle"]
    if lifecycle is None:
        return "gone"
    if lifecycle.startswith("Terminating"):
        return "ending"
    if rdb["drain"] and rdb["state"] in ("standby", "live"):
        return f"{rdb['state']}, drains"
    if rdb["state"]:
        return str(rdb["state"])
    return "starting" if lifecycle.startswith("Pending") else "no report"


def memory_of(rdb: Rdb) -> str:
    """Return its memory as a share and as a size: 71.2 %, 2.7 GiB."""
    percent, total = rdb["memory_percent"], rdb["memory_total"]
    if percent is None:
        return "memory unknown"
    return f"{percent:.1f} %" + (f", {size(percent * total / 100)}" if total else "")


def threshold(percent: float, total: int | None) -> str:
    """Return a threshold as a share of a host's memory, and as a size where that is known."""
    return f"{percent:g} %" + (f" of {size(total)}, {size(percent * total / 100)}" if total else "")


def holds(rdb: Rdb, now: datetime) -> str:
    """Return what it holds, by its newest report, and how old that is if it is not new.

    Of one that has rolled the API has the newest report that said something new: its age says nothing.
    """
    first, last, rows = rdb["first_index"], rdb["last_index"], rdb["rows"]
    if rdb["reported_at"] is None:
        return "not known: it never reported"
    if rdb["state"] == "unknown":
        return "not known"
    if first is None or last is None:
        return counted(rows, "row") if rows else "nothing yet"
    if rdb["state"] == "live":
        return f"updates {number(first + 1)} on"
    text = window(first, last)
    text += f", {counted(rows, 'row')} in memory" if rows not in (None, last - first) else ""
    age = (now - datetime.fromisoformat(rdb["reported_at"])).total_seconds() / 60
    stale = rdb["state"] != "rolled" and age >= STALE_MINUTES
    return text + (f" (reported {ago(rdb['reported_at'], now)})" if stale else "")


def released(rdb: Rdb, now: datetime) -> str:
    """Return when it was released, and who asked for that; empty for one that was not."""
    at = rdb.get("released_at")
    asked = f", asked for by {who(rdb['drain']['by'])}" if rdb["drain"] else ""
    return f"released at {clock(at, now)}{asked}" if at else ""


class Ahead(NamedTuple):
    """Who could take over from the live one: who stands by, who starts, and whose q does not answer."""

    ready: tuple[str, ...]
    starting: tuple[str, ...]
    unanswered: tuple[str, ...]

    def words(self) -> str:
        """Return them in a sentence."""
        found = [f"{one} stands by" for one in self.ready]
        found += [f"{one}" for one in self.starting]
        found += [f"{one} would be, but its q does not answer" for one in self.unanswered]
        return "; ".join(found) or "nobody: no other RDB stands by or is starting"


def ahead_of(rdbs: Iterable[Rdb], now: datetime) -> Ahead:
    """Return who could take over from the live one."""
    ready, starting, unanswered = [], [], []
    for rdb in rdbs:
        room, name = rdb["room"], rdb["instance_id"]
        if rdb["state"] == "live" or not room or not room["has"]:
            continue
        if rdb["state"] == "standby":
            ready.append(name)
        elif rdb["state"] == "unknown":
            unanswered.append(name)
        else:
            by = re.search(r"until (\S+Z)", room["why"])
            starting.append(f"{name} is starting" + (f", by {clock(by[1], now)} at the latest" if by else ""))
    return Ahead(tuple(ready), tuple(starting), tuple(unanswered))


def room_words(rdb: Rdb, now: datetime) -> str:
    """Return whether it has room, with the reason; empty where it does not count."""
    room = rdb["room"]
    if room is None:
        return "it does not count: it is not in service, or is on its way out"
    return f"{'has room' if room['has'] else 'no room'}: {plain(room['why'], now)}"


def roomy(view: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many of those that are counted have room, and how many launches AWS owes beside them."""
    there = sum(bool(rdb["room"] and rdb["room"]["has"]) for rdb in view["rdbs"])
    return min(there, view["with_room"]), max(0, view["with_room"] - there)


def with_room(view: Mapping[str, Any]) -> str:
    """Return how many have room: of those that are counted, and of launches that AWS owes."""
    there, owed = roomy(view)
    if not owed:
        return f"{there} with room of {view['counted']} counted"
    return f"{view['with_room']} with room: {there} of {view['counted']} counted, {owed} owed by AWS"


def urgency(rdb: Rdb) -> tuple[bool, int, str]:
    """Return where an RDB stands in a list: the live one, those that ask for attention, then the others.

    Those that the group does not show come last.
    """
    order = ("live", "unknown", "booting", None, "standby", "drained", "rolled")
    state = rdb["state"]
    return rdb["lifecycle"] is None, order.index(state) if state in order else 1, rdb["first_seen"]


def resolved(ids: Sequence[str], given: str) -> list[str]:
    """Return the ids that a person may mean: the id itself, or all that begin so, with `i-` or without."""
    begins = given.lower().removeprefix("i-")
    if f"i-{begins}" in ids:
        return [f"i-{begins}"]
    return [one for one in ids if begins and one.removeprefix("i-").startswith(begins)]
