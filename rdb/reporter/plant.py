"""The reporter of a tickerplant's host: it says how many updates wait for a live RDB.

Unlike an RDB's it publishes no metrics, is never asked to drain, and proves nothing. While q does not answer
there is nothing to report: the last report stands.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic

import msgspec

from ..contract.release import RELEASE
from ..contract.report import REPORT_EVERY
from ..contract.tickerplant import TickerplantReport
from ..host.aws import AWS_ERRORS, Aws, kind, sentence
from ..host.config import Config
from ..host.identity import Identity
from ..host.log import Log
from ..kdb.errors import AskFailed
from ..kdb.plant import PlantSeen, look_at_plant
from ..kdb.status import Nonsense
from .backoff import Backoff
from .connecting import lasting_connection
from .journal import Entry, Journal, Unwritable
from .reports import next_sequence


def due(said: TickerplantReport | None, seen: PlantSeen, now: datetime) -> str | None:
    """Say why a report is due now, or return None: updates begin or cease to wait, or five minutes passed."""
    if said is None:
        return "first report"
    if bool(seen.waiting) is not bool(said.waiting):
        return f"{seen.waiting} updates wait"
    # A clock that was set back must not silence it until it has caught up.
    if not timedelta(0) <= now - said.sent_at < REPORT_EVERY:
        return f"{REPORT_EVERY.total_seconds():.0f} s since the last"
    return None


class PlantSender:
    """Sends what is due. `publish` takes a text and raises AWS_ERRORS."""

    def __init__(
        self, identity: Identity, publish: Callable[[str], None], journal: Journal, log: Log
    ) -> None:
        self._identity, self._publish, self._journal, self._log = identity, publish, journal, log
        self._sequence = journal.read().sequence
        self._said: TickerplantReport | None = None
        self._backoff = Backoff()

    def step(self, seen: PlantSeen, now: datetime, elapsed: float) -> TickerplantReport | None:
        """Send a report if one is due and no pause is on. None unless the topic accepted it."""
        if self._backoff.waits(elapsed) or not (why := due(self._said, seen, now)):
            return None
        try:
            report = self.send(seen, now)
        except AWS_ERRORS as error:
            # The topic may have accepted it without our seeing the answer: what is true then is sent again.
            self._said = None
            self._backoff.failed(elapsed)
            self._log.trouble("reports", sentence(error, now), kind(error))
            return None
        self._backoff.worked()
        self._log.well("reports")
        self._log.tell("report", why=why, report=report)
        return report

    def send(self, seen: PlantSeen, now: datetime) -> TickerplantReport:
        """Send a report now, due or not. Raises AWS_ERRORS."""
        self._sequence = next_sequence(self._sequence, now)
        try:
            self._journal.write(Entry(self._sequence))
        except Unwritable as error:
            self._log.trouble("state directory", f"{error}; after a restart a report may count as an old one")
        else:
            self._log.well("state directory")
        report = TickerplantReport(
            version=1,
            cluster=self._identity.cluster,
            instance_id=self._identity.instance_id,
            sequence=self._sequence,
            updates=seen.updates,
            queue=seen.queue,
            waiting=seen.waiting,
            sent_at=now,
            release=RELEASE,
            q_release=seen.release,
        )
        self._publish(msgspec.json.encode(report).decode())
        self._said = report
        return report


def report_plant(
    config: Config, sender: PlantSender, log: Log, now: Callable[[], datetime], stop: Event
) -> None:
    """Ask the tickerplant every `poll_seconds` and report, until `stop` is set."""
    with lasting_connection(config, log) as q:
        while not stop.is_set():
            try:
                seen = look_at_plant(q, config.q_timeout_seconds)
            except (AskFailed, Nonsense) as error:
                log.trouble("q", str(error))
            else:
                log.well("q")
                sender.step(seen, now(), monotonic())
            stop.wait(config.poll_seconds)


def plant_sender(config: Config, identity: Identity, aws: Aws, log: Log) -> PlantSender:
    """Make the sender of this host's reports."""

    def publish(text: str) -> None:
        aws.client("sns").publish(TopicArn=config.reports_topic, Message=text)

    return PlantSender(identity, publish, Journal(Path(config.state_directory)), log)
