"""Hosts that came up and never got ready, or restarted and do not return (rule 5)."""

from datetime import datetime

from chalicelib.core.capacity.room import boots_too_long, ready_by
from chalicelib.core.facts.answering import WELL_FOR
from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.states import boots


def is_never_ready(rdb: Rdb, settings: ClusterSettings, now: datetime) -> bool:
    """Return whether an RDB is in service past its boot deadline, and was never seen ready."""
    in_service = rdb.member is not None and rdb.member.in_service
    return in_service and not _got_ready(rdb) and now >= deadline_of(rdb, settings)


def does_not_return(rdb: Rdb, settings: ClusterSettings, now: datetime) -> str | None:
    """Return what an RDB that had been ready and restarted does past its deadline; None if all is well.

    It boots still. Or it is back, has not been for long, and booted more than once before: a restart that was
    slow is over once it is back.
    """
    if rdb.restarted_at is None:
        return None
    if boots(rdb.state) or boots_too_long(rdb, settings):
        return "is not ready again" if now >= ready_by(rdb, settings) else None
    if rdb.returned_at is None or not rdb.boots_again or now - rdb.returned_at >= WELL_FOR:
        return None
    return "boots time and again" if rdb.returned_at >= ready_by(rdb, settings) else None


def _got_ready(rdb: Rdb) -> bool:
    """By what it said, or, in a cluster without reports, by its metric."""
    if rdb.report is None:
        return rests(rdb) or (rdb.metric is not None and not rdb.unheard)
    return rdb.was_ready


def deadline_of(rdb: Rdb, settings: ClusterSettings) -> datetime:
    """Return by when it had to be ready: where q did not answer before it was, and in time, from then on."""
    waits = rdb.unanswered if rdb.unanswered and not _got_ready(rdb) else None
    if boots_too_long(rdb, settings):
        waits = None
    return max(rdb.first_seen, waits.counts_from if waits else rdb.first_seen) + settings.boot_deadline
