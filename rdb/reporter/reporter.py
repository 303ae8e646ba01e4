"""The reporter: threads that poll q, send reports, publish metrics and watch for a request to drain."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from ..contract.report import Report
from ..host.aws import Aws
from ..host.config import Config
from ..host.identity import Identity
from ..host.log import Log
from ..host.memory import Memory, Unmeasured, host_memory
from ..host.metadata import Metadata
from ..kdb.status import look
from .connecting import lasting_connection
from .drainer import Drainer
from .journal import Journal
from .latest_look import LatestLook
from .meter import Meter
from .proof import signed
from .sender import Sender, Topic

# Seconds that a look at q may be late, beyond its own period and timeout.
LATE = 2.0
SEND_AT_LEAST_EVERY = 1.0
METER_LOOKS_EVERY = 1.0


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


class Reporter:
    """The four loops of one host. None of them waits for another."""

    def __init__(
        self,
        config: Config,
        identity: Identity,
        metadata: Metadata,
        log: Log,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._config, self._log, self._now, self._elapsed = config, log, now, time.monotonic
        self._q = lasting_connection(config, log)
        self._latest_look = LatestLook(config.poll_seconds + config.q_timeout_seconds + LATE, self._elapsed)
        aws = Aws(identity.region)
        self._sender = sender(config, identity, aws, log)

        def put(**data: Any) -> None:
            aws.client("cloudwatch").put_metric_data(**data)

        self._meter = Meter(identity, config.metrics_seconds, put, log)
        self._q_to_drain = lasting_connection(config, log)
        self._drainer = Drainer(metadata, self._q_to_drain, config.q_timeout_seconds, log)

    def run(self, stop: Event) -> None:
        """Run until `stop` is set. Raises what a loop did not expect: then nothing can be relied on."""
        loops = (self._poll, self._send, self._publish_metrics, self._watch)
        with self._q, self._q_to_drain, ThreadPoolExecutor(len(loops)) as threads:
            running = [threads.submit(loop, stop) for loop in loops]
            wait(running, return_when=FIRST_COMPLETED)
            stop.set()
        for loop in running:
            loop.result()

    def _poll(self, stop: Event) -> None:
        while not stop.is_set():
            asked_at = self._elapsed()
            seen = look(self._q, self._config.q_timeout_seconds)
            self._latest_look.put(seen, asked_at)
            if seen.why:
                self._log.trouble("q", seen.why)
            else:
                self._log.well("q")
            stop.wait(max(0.0, self._config.poll_seconds - (self._elapsed() - asked_at)))

    def _send(self, stop: Event) -> None:
        looks = 0
        while not stop.is_set():
            looks = self._latest_look.wait(looks, SEND_AT_LEAST_EVERY)
            seen, memory = self._latest_look.look(), self._memory()
            if seen and memory:
                self._sender.step(seen, memory, self._now(), self._elapsed())

    def _publish_metrics(self, stop: Event) -> None:
        while not stop.is_set():
            if seen := self._latest_look.look():
                self._meter.step(seen, self._memory(), self._now(), self._elapsed())
            stop.wait(METER_LOOKS_EVERY)

    def _watch(self, stop: Event) -> None:
        while not stop.is_set():
            self._drainer.step(self._latest_look.look(), self._elapsed())
            stop.wait(self._config.metadata_seconds)

    def _memory(self) -> Memory | None:
        try:
            memory = host_memory(Path(self._config.meminfo))
        except Unmeasured as error:
            self._log.trouble("memory", str(error))
            return None
        self._log.well("memory")
        return memory


def sender(config: Config, identity: Identity, aws: Aws, log: Log) -> Sender:
    """Make the sender of this host's reports, which its instance role signs."""

    def publish(text: str) -> None:
        aws.client("sns").publish(TopicArn=config.reports_topic, Message=text)

    def sign(report: Report) -> Report:
        return signed(report, aws.credentials(), aws.region, aws.domain(config.partition))

    journal = Journal(Path(config.state_directory))
    return Sender(identity, config.scale_threshold, Topic(publish, sign), journal, log)
