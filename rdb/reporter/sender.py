"""Sends reports: decides at each step anew, from what is true then. Nothing is ever queued."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from ..contract.report import Report, State
from ..host.aws import AWS_ERRORS, kind, sentence
from ..host.log import Log
from .backoff import Backoff
from .journal import Entry, Journal, Unwritable
from .reports import Memory, Seen, due, next_sequence, report_of, said_by

LEAST_SECONDS = 1.0


class Sender:
    """The reports of one RDB. `publish` takes a text, `sign` adds the proof; both raise AWS_ERRORS."""

    def __init__(
        self,
        cluster: str,
        instance_id: str,
        scale_threshold: float,
        *,
        publish: Callable[[str], None],
        sign: Callable[[Report], Report],
        journal: Journal,
        log: Log,
        backoff: Backoff,
    ) -> None:
        self._cluster, self._instance_id, self._scale_threshold = cluster, instance_id, scale_threshold
        self._publish, self._sign = publish, sign
        self._journal, self._log, self._backoff = journal, log, backoff
        self._tried_at = float("-inf")
        entry = journal.read()
        self._sequence = entry.sequence
        self._last = entry.report if entry.report and self._is_ours(entry.report) else None

    def step(self, seen: Seen, memory: Memory, now: datetime, elapsed: float) -> Report | None:
        """The report that was sent, if one was due and the topic took it. At most one attempt a second."""
        if self._backoff.waits(elapsed) or elapsed - self._tried_at < LEAST_SECONDS:
            return None
        if not (why := self._due(seen, memory, now)):
            return None
        self._tried_at = elapsed
        try:
            report = self.send(seen, memory, now)
        except AWS_ERRORS as error:
            self._backoff.failed(elapsed)
            self._log.trouble("reports", sentence(error, now), kind(error))
            return None
        self._backoff.worked()
        self._log.well("reports")
        # Without the proof: the log outlives its 15 minutes, and others read it.
        self._log.tell("report", why=f"{why}: {seen.why}" if seen.why else why, report=self._last)
        return report

    def send(self, seen: Seen, memory: Memory, now: datetime) -> Report:
        """Reports, whether it is due or not. Raises AWS_ERRORS."""
        self._sequence = next_sequence(self._sequence, now)
        # Before the report: a sequence that was used and forgotten would make the next report an old one.
        self._remember()
        report = report_of(self._cluster, self._instance_id, seen, memory, self._sequence, now)
        sent = self._sign(report) if report.state is State.DRAINED else report
        self._publish(msgspec.json.encode(sent).decode())
        self._last = report
        self._remember()
        return sent

    def _due(self, seen: Seen, memory: Memory, now: datetime) -> str | None:
        """Why to report now. A report that was not answered may have been taken all the same: what came back
        meanwhile to the state of the one before must be said again."""
        if self._last and self._last.sequence != self._sequence:
            return "the last one was not answered"
        said = said_by(self._last, self._scale_threshold) if self._last else None
        return due(said, seen, memory, self._scale_threshold, now)

    def _is_ours(self, report: Report) -> bool:
        """Not that of a host whose disk became this one's image."""
        return (report.cluster, report.instance_id) == (self._cluster, self._instance_id)

    def _remember(self) -> None:
        try:
            self._journal.write(Entry(self._sequence, self._last))
        except Unwritable as error:
            self._log.trouble("state directory", f"{error}; after a restart a report may come twice")
        else:
            self._log.well("state directory")
