"""Nobody is live: updates wait, or somebody took them and now nobody does (rule 5)."""

from datetime import timedelta

import msgspec

from chalicelib.contract.report import REPORT_EVERY
from chalicelib.core.alerts.next_live import booting_of, could_be_live, next_live
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.missed import missed_since
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.capacity.room import was_full
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import (
    has_been_live,
    has_handed_over,
    says_it_is_empty,
    takes_data,
    waits_for_data,
)
from chalicelib.core.facts.text import named

# A standby that is ready is live within seconds of a roll; its report may be late.
TOLD_AFTER = timedelta(minutes=2)
NAMED = 6


def with_no_live(situation: Situation) -> Ledger:
    """Return the ledger with since when nobody is live; None until somebody is missed, and once one is live.

    One is missed where somebody was live before, or where the tickerplant says that updates wait. It ends
    with one who is live, with a tickerplant that says that none wait, for a night without RDBs, or with the
    cluster: who held the data before may be gone by then. Who was live last may have restarted, or left,
    since; it is missed unless it said that it is drained.
    """
    ledger = situation.ledger
    rdbs = {i: rdb for i, rdb in ledger.rdbs.items() if rdb.member}
    if live := [i for i, rdb in rdbs.items() if is_live(rdb, situation)]:
        newest = max(live, key=lambda i: (rdbs[i].heard_at, i))
        return msgspec.structs.replace(ledger, no_live_since=None, last_live=newest)
    last = ledger.rdbs.get(ledger.last_live)
    if situation.sleeps or (last and says_it_is_empty(last.state_said)):
        ledger = msgspec.structs.replace(ledger, last_live="")
    was = _was_live(ledger)
    empty = not (situation.group.members or situation.group.desired)
    over = empty or (situation.hears_tickerplant and not was)
    if situation.settings.retiring or situation.sleeps or (over and not situation.updates_wait):
        return msgspec.structs.replace(ledger, no_live_since=None)
    # Where the ledger was lost, one that rolled tells by the name of its metric that others were live.
    missed = was or situation.updates_wait or any(map(rests, rdbs.values()))
    since = ledger.no_live_since or situation.waits_since or (situation.now if missed else None)
    return msgspec.structs.replace(ledger, no_live_since=since)


def _was_live(ledger: Ledger) -> bool:
    members = (rdb for rdb in ledger.rdbs.values() if rdb.member)
    return bool(ledger.last_live) or any(has_been_live(rdb.state_said) for rdb in members)


def no_live(situation: Situation, capacity: Capacity, due: Raise) -> Alert | None:
    """Return the alert that nobody is live, with who could be next; None while one may just become it."""
    since = situation.ledger.no_live_since
    ready = any(waits_for_data(rdb.state) and capacity.rooms[i].has for i, rdb in capacity.counted.items())
    # If the report of a standby that became live is lost, its next one tells.
    told_after = TOLD_AFTER + REPORT_EVERY if ready else TOLD_AFTER
    if since is None or situation.now - since < told_after:
        return None
    owed = capacity.surely_owed
    text = (
        f"no RDB is live since {since:%FT%TZ}, {_who_misses_one(situation)}; next: "
        f"{next_live(situation, capacity, due)}{_to_do(situation, capacity, due)}"
    )
    states = {capacity.counted[instance_id].state or "launched" for instance_id in could_be_live(capacity)}
    return Alert.of("no-live", text, cause=" ".join(sorted(states | ({"owed"} if owed else set()))))


def _who_misses_one(situation: Situation) -> str:
    known, last = situation.ledger.tickerplant, situation.ledger.last_live
    if known and situation.updates_wait:
        before = f"; {last} was before" if last else ""
        waiting = f"and {known.report.waiting} updates wait in the log, as the tickerplant says{before}"
        return f"{waiting}{_why_not_the_last(situation)}"
    if known and known.waits_since and not _was_live(situation.ledger):
        return (
            f"and {known.report.waiting} updates waited in the log by the last word of the tickerplant, "
            f"which is silent since {known.received_at:%FT%TZ}"
        )
    waits = "so that updates wait in the log"
    if situation.hears_tickerplant:
        waits = "though no updates wait, as the tickerplant says"
    return f"though {last or 'one'} was before, {waits}{_why_not_the_last(situation)}"


def _why_not_the_last(situation: Situation) -> str:
    """Return the words for one that rolled since it is full, as happens while no other comes."""
    last = situation.ledger.last_live
    rdb = situation.ledger.rdbs.get(last)
    if rdb is None or rdb.reading is None or not has_handed_over(rdb.state_said):
        return ""
    if not was_full(rdb, situation.settings):
        return ""
    return f"; {last} is full ({rdb.reading.percent:.0f} %)"


def _to_do(situation: Situation, capacity: Capacity, due: Raise) -> str:
    """Return what to look at: q where it does not answer, the tickerplant where a standby waits for it.

    More capacity is of use where none is on its way, and nothing keeps it away.
    """
    comes = capacity.surely_owed or booting_of(capacity)
    may_come = due.code in ("room", "waiting") and not situation.ledger.raise_fails and not comes
    rdbs = {i: rdb for i, rdb in situation.ledger.rdbs.items() if rdb.member}
    silent = [i for i, rdb in rdbs.items() if rdb.unanswered or missed_since(rdb, situation)]
    ready = any(waits_for_data(rdb.state) and capacity.rooms[i].has for i, rdb in capacity.counted.items())
    todo = [
        *([f"look at q on {named(silent, NAMED)}"] if silent else []),
        *(["look at the tickerplant"] if ready or situation.updates_wait else []),
        *(["ask for capacity"] if may_come else []),
    ]
    return f"; {', or '.join(todo)}" if todo else ""


def is_live(rdb: Rdb, situation: Situation) -> bool:
    """It says so, or did until its q ceased to answer; no longer once it is down or silent.

    One whose q does not answer counts for a deadline more, unless updates wait: then they wait for it. For
    one that answers they wait once the tickerplant has said so again.
    """
    settings, now = situation.settings, situation.now
    if not takes_data(rdb.state_said) or rdb.is_down:
        return False
    late = rdb.unanswered and now - rdb.unanswered.counts_from >= settings.boot_deadline
    if late or (rdb.unanswered and situation.updates_wait) or missed_since(rdb, situation):
        return False
    return now - rdb.heard_at < settings.memory_fresh
