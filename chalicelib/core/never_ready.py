"""Hosts that came up and are no room: no reason to launch without end (rule 5)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from chalicelib.core.capacity import Capacity
from chalicelib.core.idle import is_idle_above_scale
from chalicelib.core.rdb import Rdb
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.situation import Situation
from chalicelib.core.states import boots

FIRST_PAUSE = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=2)


def is_never_ready(rdb: Rdb, settings: ClusterSettings, now: datetime) -> bool:
    """Return whether an RDB is in service past its boot deadline, and was never seen ready."""
    in_service = rdb.member is not None and rdb.member.in_service
    return in_service and not _got_ready(rdb) and now >= _deadline(rdb, settings)


def does_not_return(rdb: Rdb, settings: ClusterSettings, now: datetime) -> bool:
    """Return whether an RDB that had been ready boots again, past the deadline of that restart."""
    restarted = rdb.restarted_at is not None and boots(rdb.state)
    return restarted and now >= rdb.boots_since + settings.boot_deadline


def pause(situation: Situation, capacity: Capacity) -> str | None:
    """Return why no other host is launched yet; None when one may be.

    The first that never got ready, or is idle above the scale threshold, is followed by one more at once.
    After that each launch waits, 30 minutes at first and twice as long each time, up to two hours, until a
    host that was launched later is of use, the launch template changes or an operator raises. Hosts that were
    launched together are one try. An operator's floor does not wait.
    """
    settings, now, counted = situation.settings, situation.now, capacity.counted
    idle = {i for i, rdb in counted.items() if is_idle_above_scale(rdb, settings)}
    proofs = [rdb.first_seen for i, rdb in counted.items() if _got_ready(rdb) and i not in idle]
    since = max([*proofs, situation.ledger.tried_afresh or datetime.min.replace(tzinfo=UTC)])
    useless = {
        instance_id: rdb
        for instance_id, rdb in counted.items()
        if (instance_id in idle or is_never_ready(rdb, settings, now)) and rdb.first_seen > since
    }
    late = (rdb for instance_id, rdb in useless.items() if instance_id not in idle)
    tries = len(useless.keys() & idle) + _tries(late, settings)
    if tries < 2:
        return None
    last = max(_deadline(rdb, settings) for rdb in useless.values())
    until = last + min(FIRST_PAUSE * 2 ** (tries - 2), LONGEST_PAUSE)
    if now >= until:
        return None
    why = [
        f"{_names(found)} {what}"
        for found, what in (
            (useless.keys() - idle, "never got ready"),
            (useless.keys() & idle, "idle above the scale threshold"),
        )
        if found
    ]
    return f"{', '.join(why)}: no other is launched until {until:%FT%TZ}"


def _tries(late: Iterable[Rdb], settings: ClusterSettings) -> int:
    """The next try begins at the deadline of the one before: who came sooner came together with it."""
    tries, began = 0, None
    for first_seen in sorted(rdb.first_seen for rdb in late):
        if began is None or first_seen - began >= settings.boot_deadline:
            tries, began = tries + 1, first_seen
    return tries


def _got_ready(rdb: Rdb) -> bool:
    """By what it said, or, in a cluster without reports, by its metric."""
    if rdb.report is None:
        return rdb.metric is not None and not rdb.unheard
    return rdb.was_ready


def _deadline(rdb: Rdb, settings: ClusterSettings) -> datetime:
    since = rdb.unanswered.counts_from if rdb.unanswered else rdb.first_seen
    return max(rdb.first_seen, since) + settings.boot_deadline


def _names(instance_ids: Iterable[str]) -> str:
    return ", ".join(sorted(instance_ids))
