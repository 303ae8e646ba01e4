"""When an RDB reports, and what: pure. The whole state each time, not a change."""

from datetime import datetime, timedelta

import msgspec

from ..contract.report import Report, State

REPORT_EVERY = timedelta(minutes=5)
DRAINED_EVERY = timedelta(minutes=1)
# AWS takes no signature that is over 5 minutes off: a sequence further ahead than this was never received.
SEQUENCE_AHEAD = timedelta(minutes=10)


class Seen(msgspec.Struct, frozen=True):
    """One look at q: its state and the rows that it holds, its window (first, last], its heap in bytes.

    `unknown` with `rows` None is a q that did not answer as it should; `why` then says what it did.
    """

    state: State
    rows: int | None
    first_index: int | None = None
    last_index: int | None = None
    heap: int | None = None
    why: str = ""


class Memory(msgspec.Struct, frozen=True):
    """The host's memory as the kernel counts it, in bytes: used is total less available."""

    used: int
    total: int

    @property
    def percent(self) -> float:
        return 100 * self.used / self.total


class Said(msgspec.Struct, frozen=True):
    """What the last report said, as far as the next one depends on it."""

    state: State
    first_index: int | None
    above: bool
    at: datetime


def due(said: Said | None, seen: Seen, memory: Memory, scale_threshold: float, now: datetime) -> str | None:
    """Why to report now, or None: a change of state or of the window's start, crossing the scale threshold,
    five minutes, of a drained one a minute."""
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
    """What to remember of a report that was taken by the topic."""
    above = 100 * report.memory_used / report.memory_total >= scale_threshold
    return Said(report.state, report.first_index, above, report.sent_at)


def report_of(
    cluster: str, instance_id: str, seen: Seen, memory: Memory, sequence: int, now: datetime
) -> Report:
    """The report of one look at q, without proof."""
    return Report(
        version=1,
        cluster=cluster,
        instance_id=instance_id,
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
    """Milliseconds since 1970, or the last one plus one, whichever is more.

    A last one that is far ahead was counted by a clock that was wrong: AWS took nothing that it signed.
    """
    milliseconds = int(now.timestamp() * 1000)
    ahead = last - milliseconds > SEQUENCE_AHEAD.total_seconds() * 1000
    return milliseconds if ahead else max(milliseconds, last + 1)
