"""Sends reports. Each step decides anew from the state at that moment; nothing is ever queued."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec

from ..contract.report import Report, State
from ..host.aws import AWS_ERRORS, kind, sentence
from ..host.identity import Identity
from ..host.log import Log
from ..host.memory import Memory
from ..kdb.status import Seen
from .backoff import Backoff
from .journal import Entry, Journal, Unwritable
from .reports import Drained, Said, due, next_sequence, report_of, said_by

LEAST_SECONDS = 1.0


class Topic(NamedTuple):
    """The way to the reports' topic: `publish` takes a text, `sign` adds the proof. Both raise AWS_ERRORS."""

    publish: Callable[[str], None]
    sign: Callable[[Report], Report]


class Sender:
    """The reports of one RDB; its scale threshold is a percentage."""

    def __init__(
        self, identity: Identity, scale_threshold: float, topic: Topic, journal: Journal, log: Log
    ) -> None:
        self._identity, self._scale_threshold = identity, scale_threshold
        self._topic, self._journal, self._log = topic, journal, log
        self._backoff = Backoff()
        self._tried_at = float("-inf")
        entry = journal.read()
        self._sequence = entry.sequence
        self._last = entry.report if entry.report and self._is_ours(entry.report) else None
        self._drained = entry.drained
        self._said: Said | None = said_by(self._last, scale_threshold) if self._last else None

    def step(self, seen: Seen, memory: Memory, now: datetime, elapsed: float) -> Report | None:
        """Send a report if one is due, at most one attempt a second. None unless the topic accepted it."""
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
        """Send a report now, due or not. Raises AWS_ERRORS."""
        self._sequence = next_sequence(self._sequence, now)
        report = report_of(self._identity, seen, memory, self._sequence, now)
        if report.state is State.DRAINED:
            self._drained = Drained(self._sequence, now)
        elif self._drained:
            report = self._drained.taken_back(report)
        # Before the report: a sequence that was used and forgotten would make the next report an old one.
        self._remember()
        sent = self._topic.sign(report) if report.state is State.DRAINED else report
        self._topic.publish(msgspec.json.encode(sent).decode())
        self._last, self._said = report, said_by(report, self._scale_threshold, self._said)
        self._remember()
        return sent

    def _due(self, seen: Seen, memory: Memory, now: datetime) -> str | None:
        # The topic may have accepted a report without our seeing its answer: then a state that has come back
        # to that of the report before must be sent again.
        if self._last and self._last.sequence != self._sequence:
            return "the last one was not answered"
        return due(self._said, seen, memory, self._scale_threshold, now)

    def _is_ours(self, report: Report) -> bool:
        # A host's image may have been made of another host's disk.
        return (report.cluster, report.instance_id) == self._identity[:2]

    def _remember(self) -> None:
        try:
            self._journal.write(Entry(self._sequence, self._last, self._drained))
        except Unwritable as error:
            self._log.trouble("state directory", f"{error}; after a restart a report may come twice")
        else:
            self._log.well("state directory")
