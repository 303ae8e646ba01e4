"""One RDB host as processes of its own: q, the reporter beside it, and the instance metadata service."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, override

from botocore.credentials import ReadOnlyCredentials

from chalicelib.contract.report import State
from highwater.checkout import ROOT
from highwater.market.rdb import Cluster, Rdb
from rdb.host.metadata import ENDPOINT
from twin.aws.metadata import ROLE, MetadataPlayer, document_of
from twin.aws.service import Service
from twin.processes.group import ProcessGroup

POLL_SECONDS = 0.1
Q_TIMEOUT_SECONDS = 1.0
METADATA_SECONDS = 1.0
METRICS_SECONDS = 10


class QGone(Exception):
    """q does not run."""


@dataclass(frozen=True)
class Site:
    """The things that the hosts of a cluster have in common.

    `gone` is called with a host whose q gives the tickerplant no answer.
    """

    cluster: Cluster
    reports_topic: str
    aws_url: str
    processes: ProcessGroup
    gone: Callable[["Host"], None]


class Host(Rdb):
    """An RDB that lives in a q of its own: its state, rows and window are q's last answer.

    While `emptying`, q may hold less by now. `incarnation` counts its starts. The instance's directory
    outlives its processes.
    """

    def __init__(
        self, instance_id: str, directory: Path, site: Site, credentials: ReadOnlyCredentials
    ) -> None:
        super().__init__(instance_id, site.cluster, datetime.now(UTC))
        self.emptying = False
        self.incarnation = 0
        self._directory, self._site = directory, site
        self._q: subprocess.Popen[str] | None = None
        self._reporter: subprocess.Popen[str] | None = None
        self._port = 0
        self._shown = MetadataPlayer(instance_id)
        self._shown.texts[f"/iam/security-credentials/{ROLE}"] = document_of(credentials)
        self.metadata = Service(self._shown.answer)
        (directory / "state").mkdir(parents=True)

    @property
    def log(self) -> Path:
        """The reporter's log."""
        return self._directory / "reporter.log"

    @property
    def port(self) -> int:
        """Where its q answers, also after a restart."""
        return self._port

    @property
    def plays(self) -> bool:
        """True while q runs."""
        return self._q is not None and self._q.poll() is None

    def start(self) -> None:
        """Start everything."""
        self.metadata.open()
        self.start_q()
        self.start_reporter()

    def end(self) -> None:
        """End everything, as the instance is terminated."""
        self.kill_reporter()
        self.kill_q()
        self.metadata.close()

    def start_q(self) -> None:
        """Start a q that holds nothing yet."""
        arguments = (str(self._directory), f"{self._cluster.roll:g}", str(self._port))
        with (self._directory / "q.log").open("a") as log:
            self._q = self._site.processes.start(
                [sys.executable, "-m", "twin.processes.q", *arguments],
                cwd=ROOT,
                env={"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.incarnation += 1
        self._port = self._answer()["port"]

    def start_reporter(self) -> None:
        """Start the reporter, as its service does."""
        config = self._directory / "reporter.toml"
        config.write_text(self._settings())
        with self.log.open("a") as log:
            self._reporter = self._site.processes.start(
                [sys.executable, "-m", "rdb", "run", "--config", str(config)],
                cwd=ROOT,
                # Nothing of this process's environment: the credentials come from the metadata.
                env={
                    "PATH": os.defpath,
                    "AWS_CONFIG_FILE": os.devnull,
                    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                    "AWS_ENDPOINT_URL": self._site.aws_url,
                    ENDPOINT: self.metadata.url,
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill_q(self) -> None:
        """End q as kill -9 does; its rows are gone with it."""
        _kill(self._q)
        self.state, self.rows = State.BOOTING, 0
        self.first_index = self.last_index = None

    def kill_reporter(self) -> None:
        """End the reporter as kill -9 does."""
        _kill(self._reporter)

    @property
    def reports(self) -> bool:
        """True while the reporter runs."""
        return self._reporter is not None and self._reporter.poll() is None

    def tell(self, *message: str | int) -> dict[str, Any]:
        """Tell q something as the tickerplant does; return its status after it. Raises QGone."""
        stdin = self._pipe("stdin")
        try:
            stdin.write(json.dumps(message) + "\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise QGone(self.instance_id) from error
        return self._answer()

    @override
    def join(self, now: datetime) -> None:
        self._tell("join")

    @override
    def go_live(self, first_index: int, now: datetime) -> None:
        self._tell("go_live", first_index)

    @override
    def take(self, until: int, now: datetime, *, followed: bool = True) -> None:
        self._tell("take", until)

    @override
    def roll(self, now: datetime) -> None:
        self._tell("roll")

    @override
    def replay(self, first_index: int, last_index: int, now: datetime) -> None:
        self._tell("replay", first_index, last_index)

    @override
    def persisted(self, index: int, now: datetime) -> None:
        self.emptying = True
        self._tell("persisted", index)
        self.emptying = False

    @override
    def drain(self, now: datetime) -> None:
        self._tell("drain")

    def _tell(self, *message: str | int) -> None:
        try:
            self.tell(*message)
        except QGone:
            self._site.gone(self)

    def shows(self, tags: Mapping[str, str], lifecycle: str) -> None:
        """Show in the metadata the instance's tags and what EC2 Auto Scaling wants with it."""
        texts = self._shown.texts
        for path in [path for path in texts if path.startswith("/tags/instance/")]:
            if path.removeprefix("/tags/instance/") not in tags:
                del texts[path]
        texts.update({f"/tags/instance/{name}": value for name, value in tags.items()})
        ending = lifecycle.startswith("Terminating")
        texts["/autoscaling/target-lifecycle-state"] = "Terminated" if ending else "InService"

    def _answer(self) -> dict[str, Any]:
        line = self._pipe("stdout").readline()
        if not line:
            raise QGone(self.instance_id)
        status: dict[str, Any] = json.loads(line)
        self.state, self.rows = State(status["state"]), status["rows"]
        self.first_index, self.last_index = status["first_index"], status["last_index"]
        return status

    def _pipe(self, name: str) -> IO[str]:
        if self._q is None or self._q.returncode is not None:
            raise QGone(self.instance_id)
        pipe: IO[str] = getattr(self._q, name)
        return pipe

    def _settings(self) -> str:
        # JSON's texts and numbers are TOML's too.
        settings = {
            "cluster": self._cluster.name,
            "reports_topic": self._site.reports_topic,
            "scale_threshold": self._cluster.scale,
            "q_port": self._port,
            "q_timeout_seconds": Q_TIMEOUT_SECONDS,
            "poll_seconds": POLL_SECONDS,
            "metadata_seconds": METADATA_SECONDS,
            "metrics_seconds": METRICS_SECONDS,
            "state_directory": str(self._directory / "state"),
            "meminfo": str(self._directory / "meminfo"),
        }
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _kill(process: "subprocess.Popen[str] | None") -> None:
    if process is not None and process.returncode is None:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
