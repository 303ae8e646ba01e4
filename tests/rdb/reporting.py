"""A host that reports to a topic of the test's: what was published, and what each publish raises."""

from pathlib import Path

import msgspec
from botocore.exceptions import EndpointConnectionError

from rdb.contract.report import Report, digest
from rdb.host.memory import Memory
from rdb.kdb.status import Seen
from rdb.reporter.journal import Journal
from rdb.reporter.sender import Sender
from rdb.reporter.sender import Topic as To
from tests.rdb.builders import ID, IDENTITY, Host, memory

DOWN = EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com/")


class Topic:
    """A topic that notes what was published; `error` is what each publish raises."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.attempts = 0
        self.reports: list[Report] = []

    def publish(self, text: str) -> None:
        self.attempts += 1
        if self.error:
            raise self.error
        self.reports.append(msgspec.json.decode(text, type=Report))


class Reporting:
    """One host with its sender, which a test may start anew."""

    def __init__(self, directory: Path) -> None:
        self.host, self.topic, self.directory = Host(), Topic(), directory
        self.restart()

    def restart(self, instance_id: str = ID) -> None:
        self.sender = Sender(
            IDENTITY._replace(instance_id=instance_id),
            60.0,
            # The topic's method at the time of the call: some tests replace it.
            To(
                publish=lambda text: self.topic.publish(text),
                sign=lambda report: msgspec.structs.replace(
                    report, proof=f"proof of {digest(msgspec.json.encode(report))}"
                ),
            ),
            Journal(self.directory),
            self.host.log,
        )

    def step(self, look: Seen, seconds: float = 1.0, mem: Memory | None = None) -> Report | None:
        self.host.passes(seconds)
        return self.sender.step(look, mem or memory(), self.host.time, self.host.seconds)
