"""The rules for reports: their time and content. Pure. A report is the whole state, never a change."""

from datetime import datetime, timedelta

import msgspec

from ..contract.release import RELEASE
from ..contract.report import (
    DRAINED_EVERY,
    REPORT_EVERY,
    RISE_TOLD,
    ROLLED_EVERY,
    SEQUENCE_AHEAD,
    TAKEN_BACK_FOR,
    Report,
    State,
)
from ..host.identity import Identity
from ..host.memory import Memory
from ..kdb.status import Seen


class Said(msgspec.Struct, frozen=True):
    """The last report, as far as the next one depends on it. `above`: at or above the scale threshold.

    `percent` is its memory, and `since` is when this state was reported first.
    """

    state: State
    first_index: int | None
    percent: float
    above: bool
    at: datetime
    since: datetime
    why: str = ""


class Drained(msgspec.Struct, frozen=True):
    """The last `drained` that was sent, whether the topic accepted it or not."""

    sequence: int
    at: datetime

    def taken_back(self, report: Report) -> Report:
        """Return a later report of another state, for a while with the word that it takes this one back."""
        if report.sent_at - self.at >= TAKEN_BACK_FOR:
            return report
        return msgspec.structs.replace(report, takes_back=self.sequence)


def due(said: Said | None, seen: Seen, memory: Memory, scale_threshold: float, now: datetime) -> str | None:
    """Say why a report is due now, or return None.

    Due are the first report, a change of state, of the window's start or of what keeps one that has rolled,
    memory that crosses the scale threshold or rose fast since the last report (RISE_TOLD), and a repetition
    (`period`).
    """
    if said is None:
        return "first report"
    if seen.state is not said.state:
        return f"{said.state} to {seen.state}"
    # A q that does not answer has no window to tell, and keeps the one it had.
    if seen.state is not State.UNKNOWN and seen.first_index != said.first_index:
        return f"window from {seen.first_index}"
    if seen.state is State.ROLLED and _kind(seen.kept_for) != _kind(said.why):
        return f"not drained: {seen.kept_for}"
    if memory.percent >= scale_threshold and not said.above:
        return f"memory at {memory.percent:.1f} %, scale threshold {scale_threshold:g} %"
    if (rise := memory.percent - said.percent) >= RISE_TOLD:
        return f"memory at {memory.percent:.1f} %, {rise:.1f} points more than in the last"
    every = period(seen.state, said.at - said.since)
    # A clock that was set back must not silence the RDB until it has caught up.
    if not timedelta(0) <= now - said.at < every:
        return f"{every.total_seconds():.0f} s since the last"
    return None


def _kind(words: str) -> str:
    """Return words without their numbers, which grow all the time."""
    return "".join(one for one in words if not one.isdigit())


def period(state: State, told_for: timedelta) -> timedelta:
    """Return after what time a report is repeated, by how long ago its state was reported first.

    That is every minute for a drained RDB, and every five for any other. One that has rolled says nothing
    new: it repeats itself three times, since the first reports may be lost, then after half as long again
    as it has said so, up to an hour.
    """
    if state is State.DRAINED:
        return DRAINED_EVERY
    return min(max(REPORT_EVERY, told_for / 2), ROLLED_EVERY) if state is State.ROLLED else REPORT_EVERY


def said_by(report: Report, scale_threshold: float, before: Said | None = None) -> Said:
    """Summarize a report that the topic accepted; `before` is the summary of the one before it."""
    percent, above = report.memory_percent, report.memory_percent >= scale_threshold
    since = before.since if before and before.state is report.state else report.sent_at
    return Said(report.state, report.first_index, percent, above, report.sent_at, since, report.why or "")


def report_of(identity: Identity, seen: Seen, memory: Memory, sequence: int, now: datetime) -> Report:
    """Make the report of one look at q, without proof.

    A drained RDB has no window, clients or release, and its proof is of fields that the release before knows.
    """
    told = seen.state is not State.DRAINED
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
        first_time=seen.first_time if told else None,
        last_time=seen.last_time if told else None,
        host=identity.host if told else None,
        port=identity.port if told else None,
        why=(seen.kept_for or None) if seen.state is State.ROLLED else None,
        sent_at=now,
        release=RELEASE if told else None,
        q_release=seen.release if told else None,
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
