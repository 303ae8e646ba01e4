"""The rules for reports: their time and content. Pure. A report is the whole state, never a change."""

from datetime import datetime, timedelta

import msgspec

from ..contract.report import DRAINED_EVERY, REPORT_EVERY, SEQUENCE_AHEAD, Report, State
from ..host.identity import Identity
from ..host.memory import Memory
from ..kdb.status import Seen


class Said(msgspec.Struct, frozen=True):
    """The last report, as far as the next one depends on it. `above`: at or above the scale threshold."""

    state: State
    first_index: int | None
    above: bool
    at: datetime


def due(said: Said | None, seen: Seen, memory: Memory, scale_threshold: float, now: datetime) -> str | None:
    """Say why a report is due now, or return None.

    Due are the first report, a change of state or of the window's start, memory that crosses the scale
    threshold, and a repetition: every five minutes, for a drained RDB every minute.
    """
    if said is None:
        return "first report"
    if seen.state is not said.state:
        return f"{said.state} to {seen.state}"
    # A q that does not answer has no window to tell, and keeps the one it had.
    if seen.state is not State.UNKNOWN and seen.first_index != said.first_index:
        return f"window from {seen.first_index}"
    if memory.percent >= scale_threshold and not said.above:
        return f"memory at {memory.percent:.1f} %, scale threshold {scale_threshold:g} %"
    every = DRAINED_EVERY if seen.state is State.DRAINED else REPORT_EVERY
    # A clock that was set back must not silence the RDB until it has caught up.
    if not timedelta(0) <= now - said.at < every:
        return f"{every.total_seconds():.0f} s since the last"
    return None


def said_by(report: Report, scale_threshold: float) -> Said:
    """Summarize a report that the topic accepted."""
    above = report.memory_percent >= scale_threshold
    return Said(report.state, report.first_index, above, report.sent_at)


def report_of(identity: Identity, seen: Seen, memory: Memory, sequence: int, now: datetime) -> Report:
    """Make the report of one look at q, without proof."""
    return Report(
        version=1,
        cluster=identity.cluster,
        instance_id=identity.instance_id,
        sequence=sequence,
        state=seen.state,
        memory_used=memory.used,
        memory_total=memory.total,
        rows=seen.rows,
        first_index=seen.first_index,
        last_index=seen.last_index,
        sent_at=now,
    )


def next_sequence(last: int, now: datetime) -> int:
    """Return the milliseconds since 1970, or the last sequence plus one if that is more.

    So the order holds when a clock is set back. A last sequence that is further ahead than the contract
    allows came from a wrong clock and is forgotten. What the control plane accepted of that clock was at most
    SEQUENCE_AHEAD ahead, so by a right clock it accepts the reports again after that time.
    """
    milliseconds = int(now.timestamp() * 1000)
    following = last + 1
    refused = following - milliseconds > SEQUENCE_AHEAD.total_seconds() * 1000
    return milliseconds if refused else max(milliseconds, following)
