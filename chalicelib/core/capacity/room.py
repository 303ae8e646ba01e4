"""Room: which RDBs can take more data, each with the reason (rules 1 and 5)."""

from datetime import datetime

import msgspec

from chalicelib.core.facts.measuring import rests
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.states import boots, may_take_data


class Room(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RDB has room or not, and the sentence that says why.

    `fills` is whether one without room takes data all the same: it is above the scale threshold only.
    """

    has: bool
    why: str
    fills: bool = False


def room_of(rdb: Rdb, settings: ClusterSettings, now: datetime) -> Room:
    """Return whether one counted RDB (Pending or InService, not released) can take the day's data.

    The cases, in order: what it says or showed of itself rules it out; it may still be booting, unless
    a fresh reading says that it is full; else only a fresh reading below the scale threshold makes it room.
    One whose q does not answer may return, and is room for no longer than one that boots.
    """
    if rdb.member is None or not rdb.member.healthy:
        return Room(False, "unhealthy")
    if why := _has_rolled(rdb):
        return Room(False, why)
    if rdb.drain is not None:
        return Room(False, f"asked to drain by {rdb.drain.by} at {rdb.drain.at:%FT%TZ}")
    if was_full(rdb, settings):
        assert rdb.peak is not None
        return Room(False, f"was full at {rdb.peak.percent:.1f} % on {rdb.peak.at:%FT%TZ}")
    if why := _unknown_too_long(rdb, settings, now):
        return Room(False, why)
    deadline = ready_by(rdb, settings)
    if kind := _boots(rdb):
        if now < deadline:
            if full := _full(rdb, settings, now):
                return Room(False, f"{kind} at {full.percent:.1f} % on {full.at:%FT%TZ}")
            return Room(True, f"{kind}, until {deadline:%FT%TZ}")
        # A "standby" may be lost: booting counts against it only when it was said after the deadline.
        if kind != "booting" or (rdb.reported and rdb.reported.at >= deadline):
            return Room(False, f"{kind} past its deadline of {deadline:%FT%TZ}")
    return _by_reading(rdb, settings, now, deadline)


def _has_rolled(rdb: Rdb) -> str | None:
    """By its word, or by the name of its metric, where the ledger knows no word or only an older one."""
    if not may_take_data(rdb.state_said):
        return f"{rdb.state}, {rdb.state_said} before" if rdb.unanswered else f"{rdb.state}"
    return "rolled, by the name of its metric" if rests(rdb) else None


def ready_by(rdb: Rdb, settings: ClusterSettings) -> datetime:
    """Return by when one that boots must be ready: a restart of one that had been ready has its own time."""
    return (rdb.restarted_at or rdb.first_seen) + settings.boot_deadline


def _boots(rdb: Rdb) -> str | None:
    assert rdb.member is not None
    if rdb.member.pending:
        return "pending"
    if rdb.report is None and rdb.metric is None:
        return "not heard of"
    return "booting" if boots(rdb.state) else None


def _unknown_too_long(rdb: Rdb, settings: ClusterSettings, now: datetime) -> str | None:
    if rdb.unanswered is None:
        return None
    if boots_too_long(rdb, settings):
        deadline = ready_by(rdb, settings)
        return f"unknown, and was not ready by its deadline of {deadline:%FT%TZ}"
    end = rdb.unanswered.counts_from + settings.boot_deadline
    if now < end:
        return None
    return f"unknown since {rdb.unanswered.since:%FT%TZ}, past its deadline of {end:%FT%TZ}"


def boots_too_long(rdb: Rdb, settings: ClusterSettings) -> bool:
    """Return whether q ceased to answer after the boot deadline of one that boots: it gets no other one."""
    if rdb.unanswered is None or not boots(rdb.state_said):
        return False
    return rdb.unanswered.since >= ready_by(rdb, settings)


def was_full(rdb: Rdb, settings: ClusterSettings) -> bool:
    """It once reached the roll threshold, and no newer report of live or standby overrides that.

    Such a report counts on when q restarts or does not answer.
    """
    if rdb.peak is None or rdb.peak.percent < settings.roll_threshold:
        return False
    return rdb.ready_at is None or rdb.ready_at <= rdb.peak.at


def _full(rdb: Rdb, settings: ClusterSettings, now: datetime) -> Reading | None:
    """Return a fresh reading, by metric or report, that is not below the scale threshold.

    The other one may say what it will, before or after: `booting` is easily said.
    """
    found = [
        reading
        for reading in (rdb.metric, rdb.reported)
        if reading
        and reading.percent >= settings.scale_threshold
        and now - reading.at < settings.memory_fresh
    ]
    return max(found, key=lambda reading: reading.percent, default=None)


def _by_reading(rdb: Rdb, settings: ClusterSettings, now: datetime, deadline: datetime) -> Room:
    reading = rdb.reading
    assert reading is not None, "who was never heard of is judged before"
    says = rdb.state or "in service"
    if now - _newest_at(rdb) >= settings.memory_fresh:
        return Room(False, f"{says}, last read at {reading.at:%FT%TZ}: too old")
    if rdb.unmeasured:
        since = rdb.metric.at if rdb.metric else rdb.first_seen
        return Room(False, f"{says}, but no metric since {since:%FT%TZ}: a report alone is no room")
    if rdb.unheard and now >= deadline:
        return Room(False, f"no report by its deadline of {deadline:%FT%TZ}: a metric alone is no room")
    if rdb.reads_full(settings.scale_threshold):
        full = f"{says} at {reading.percent:.1f} %: the scale threshold is {settings.scale_threshold:g} %"
        return Room(False, full, reading.percent < settings.roll_threshold)
    return Room(True, f"{says} at {reading.percent:.1f} %")


def _newest_at(rdb: Rdb) -> datetime:
    """Where report and metric are close the higher counts, but the newer one says how fresh they are."""
    return max(known.at for known in (rdb.metric, rdb.reported) if known)
