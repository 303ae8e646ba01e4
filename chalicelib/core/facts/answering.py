"""What is kept of an RDB across restarts of its q and the times at which q does not answer (rule 5)."""

from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.states import boots, is_unanswered, says_it_takes_data, takes_data
from chalicelib.core.facts.voices import Lapse, Unanswered

# It must answer for four minutes until one is forgotten in which it did not. So a q that does not answer for
# more than a fifth of the time comes to its deadline.
ANSWERS_FOR_ONE = 4
# Who boots again before that boots still.
WELL_FOR = timedelta(minutes=10)


def unanswered_after(known: Rdb, state: State, now: datetime) -> Unanswered | None:
    """Return since when q does not answer, once a report with this state came; None if it answers.

    The time for which it did not answer shortly before counts: a q that answers now and then gets no new
    deadline each time.
    """
    if not is_unanswered(state):
        return None
    if known.unanswered:
        return known.unanswered
    before = _remembered(known.lapse, now)
    return Unanswered(now, known.state, known.window, now - before if before else None, known.span)


def lapse_after(known: Rdb, state: State, now: datetime) -> Lapse | None:
    """Return the time without an answer that still counts, once a report with this state came."""
    if is_unanswered(state):
        return None
    if known.unanswered:
        return Lapse(known.unanswered.counts_from, now)
    return known.lapse if _remembered(known.lapse, now) else None


def restarted_after(known: Rdb, state: State, now: datetime) -> datetime | None:
    """Return when an RDB that had been ready began to boot anew; None once it has been well for a while.

    So one that boots time and again gets no new deadline each time.
    """
    if is_unanswered(state):
        return known.restarted_at
    if not boots(state):
        returned = returned_after(known, state, now)
        return known.restarted_at if returned and now - returned < WELL_FOR else None
    return known.restarted_at or (now if known.was_ready else None)


def returned_after(known: Rdb, state: State, now: datetime) -> datetime | None:
    """Return since when an RDB that restarted is well again; None while it boots."""
    if is_unanswered(state) or boots(state):
        return known.returned_at if is_unanswered(state) else None
    return (known.returned_at or now) if known.restarted_at else None


def ready_since_after(known: Rdb, state: State, said_at: datetime | None) -> datetime | None:
    """Return since when an RDB is ready, by the first such report since it booted; None while it boots."""
    if boots(state):
        return None
    return known.ready_since or (said_at if says_it_takes_data(state) else None)


def live_since_after(known: Rdb, state: State, said_at: datetime | None) -> datetime | None:
    """Return since when an RDB says that it is live; None once it says something else.

    That q does not answer is the reporter's word: once it answers again it need not know who took over.
    """
    if is_unanswered(state):
        return known.live_since
    return (known.live_since or said_at) if takes_data(state) else None


def with_deadlines(new: Rdb, old: Rdb, now: datetime) -> Rdb:
    """Return an RDB by its newest report, of `now`, with what an older ledger knew (stand_in.py).

    Its deadlines run as if one ledger had heard it all: none begins anew.
    """
    state = new.state_said or new.state
    assert state
    restarts = filter(None, (restarted_after(old, state, now), new.restarted_at))
    unanswered, lapse = new.unanswered, None
    if unanswered and unanswered.state is None:  # no ledger but the older one ever heard q answer
        unanswered = unanswered_after(old, State.UNKNOWN, unanswered.since)
    elif unanswered is None:
        lapse = _joined(old, new)
    restarted_at = min(restarts, default=None)
    return msgspec.structs.replace(
        new,
        unanswered=unanswered,
        lapse=lapse if _remembered(lapse, now) else None,
        restarted_at=restarted_at,
        returned_at=new.returned_at or returned_after(old, state, now),
        ready_since=ready_since_after(old, state, new.ready_since),
        live_since=_live_since(new, old),
        boots_again=new.boots_again or boots_again_after(old, state, restarted_at),
    )


def _live_since(new: Rdb, old: Rdb) -> datetime | None:
    """Return since when an RDB says that it is live, by two ledgers; one that booted meanwhile began anew."""
    if new.unanswered and new.unanswered.state is None:  # no ledger but the older one ever heard q answer
        return old.live_since
    return new.live_since and ((not new.restarted_at and old.live_since) or new.live_since)


def _joined(old: Rdb, new: Rdb) -> Lapse | None:
    """Return the time without an answer that two ledgers know of, where q answers the newer one."""
    if old.unanswered is None:
        return new.lapse or old.lapse
    return Lapse(old.unanswered.counts_from, new.lapse.until if new.lapse else new.first_seen)


def boots_again_after(known: Rdb, state: State, restarted_at: datetime | None) -> bool:
    """Return whether an RDB that had restarted and returned booted again before it was well for a while."""
    again = known.boots_again or (boots(state) and known.returned_at is not None)
    return restarted_at is not None and again


def _remembered(lapse: Lapse | None, now: datetime) -> timedelta:
    if lapse is None:
        return timedelta(0)
    return max(timedelta(0), lapse.until - lapse.counts_from - (now - lapse.until) / ANSWERS_FOR_ONE)
