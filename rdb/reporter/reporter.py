"""The reporter at work: threads that poll q, report, publish metrics and watch for the wish to drain."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from ..contract.report import Report
from ..host.aws import Aws
from ..host.config import BadConfig, Config, password
from ..host.log import Log
from ..host.memory import Unmeasured, host_memory
from ..host.metadata import Metadata, NoMetadata
from ..kdb.connection import Connection
from ..kdb.status import look
from .backoff import Backoff
from .drainer import Drainer
from .journal import Journal
from .latest_look import Board
from .meter import Meter
from .proof import signed
from .reports import Memory
from .sender import Sender

# How late a look may be beyond its own period and timeout.
LATE = 2.0
SEND_AT_LEAST_EVERY = 1.0
METER_LOOKS_EVERY = 1.0
IDENTITY_EVERY = 5.0


def utc_now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Reporter:
    """The four loops of one host. Each goes on whatever becomes of the others."""

    def __init__(
        self,
        config: Config,
        instance_id: str,
        *,
        aws: Aws,
        metadata: Metadata,
        log: Log,
        now: Callable[[], datetime] = utc_now,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._log, self._now, self._elapsed = config, log, now, elapsed
        self._q = connection(config, log)
        self._board = Board(config.poll_seconds + config.q_timeout_seconds + LATE, elapsed)
        self._sender = sender(config, instance_id, aws, log)
        self._meter = Meter(
            config.cluster,
            instance_id,
            config.metrics_seconds,
            put=lambda **data: aws.client("cloudwatch").put_metric_data(**data),
            log=log,
            backoff=Backoff(),
        )
        self._q_to_drain = connection(config, log)
        self._drainer = Drainer(metadata, self._q_to_drain, config.q_timeout_seconds, log)

    def run(self, stop: Event) -> None:
        """Until `stop` is set. Raises what a loop did not expect: nobody knows what works after that."""
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
            self._board.put(seen, asked_at)
            if seen.why:
                self._log.trouble("q", seen.why)
            else:
                self._log.well("q")
            stop.wait(max(0.0, self._config.poll_seconds - (self._elapsed() - asked_at)))

    def _send(self, stop: Event) -> None:
        looks = 0
        while not stop.is_set():
            looks = self._board.wait(looks, SEND_AT_LEAST_EVERY)
            seen, memory = self._board.look(), self._memory()
            if seen and memory:
                self._sender.step(seen, memory, self._now(), self._elapsed())

    def _publish_metrics(self, stop: Event) -> None:
        while not stop.is_set():
            if seen := self._board.look():
                self._meter.step(seen, self._memory(), self._now(), self._elapsed())
            stop.wait(METER_LOOKS_EVERY)

    def _watch(self, stop: Event) -> None:
        while not stop.is_set():
            self._drainer.step(self._board.look(), self._elapsed())
            stop.wait(self._config.metadata_seconds)

    def _memory(self) -> Memory | None:
        try:
            memory = host_memory(Path(self._config.meminfo))
        except Unmeasured as error:
            self._log.trouble("memory", str(error))
            return None
        self._log.well("memory")
        return memory


def connection(config: Config, log: Log) -> Connection:
    """A connection to q, not yet made."""
    try:
        secret = password(config)
    except BadConfig as error:
        log.trouble("settings", str(error))
        secret = ""
    return Connection(config.q_host, config.q_port, user=config.q_user, password=secret)


def sender(config: Config, instance_id: str, aws: Aws, log: Log) -> Sender:
    """Reports of this host to its topic, signed by its role."""

    def publish(text: str) -> None:
        aws.client("sns").publish(TopicArn=config.reports_topic, Message=text)

    def sign(report: Report) -> Report:
        return signed(report, aws.credentials(), aws.region, aws.domain(config.partition))

    return Sender(
        config.cluster,
        instance_id,
        config.scale_threshold,
        publish=publish,
        sign=sign,
        journal=Journal(Path(config.state_directory)),
        log=log,
        backoff=Backoff(),
    )


def identity(config: Config, metadata: Metadata) -> tuple[str, str]:
    """The instance id and the region. Raises NoMetadata."""
    try:
        return config.instance_id or metadata.instance_id(), config.region or metadata.region()
    except NoMetadata as error:
        remedy = "off EC2 set instance_id and region; such an RDB cannot be asked to drain"
        raise NoMetadata(f"{error}; {remedy}") from error


def awaited_identity(config: Config, metadata: Metadata, log: Log, stop: Event) -> tuple[str, str] | None:
    """The same, however long the metadata takes; None when `stop` was set before."""
    while not stop.is_set():
        try:
            found = identity(config, metadata)
        except NoMetadata as error:
            log.trouble("metadata", f"{error}; waits for it, and reports nothing meanwhile")
            stop.wait(IDENTITY_EVERY)
        else:
            log.well("metadata")
            return found
    return None
