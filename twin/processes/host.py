"""One RDB host as processes of its own: q, the reporter beside it, and the instance metadata service."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from botocore.credentials import ReadOnlyCredentials

from highwater.checkout import ROOT
from rdb.host.metadata import ENDPOINT
from twin.aws.metadata import EXPIRES, ROLE, MetadataPlayer
from twin.aws.service import Service
from twin.processes.group import ProcessGroup
from twin.processes.q import Status

POLL_SECONDS = 0.1
Q_TIMEOUT_SECONDS = 1.0
METADATA_SECONDS = 1.0
METRICS_SECONDS = 10


class QGone(Exception):
    """q does not run."""


@dataclass(frozen=True)
class Site:
    """What the hosts of a cluster have in common: thresholds in percent, the address of AWS."""

    cluster: str
    reports_topic: str
    scale_threshold: float
    roll_threshold: float
    aws_url: str


class Host:
    """The instance's directory outlives its processes. `said` is q's last answer; while `emptying`, q may
    hold less by now. `incarnation` counts its starts."""

    def __init__(
        self,
        instance_id: str,
        directory: Path,
        site: Site,
        processes: ProcessGroup,
        credentials: ReadOnlyCredentials,
    ) -> None:
        self.instance_id = instance_id
        self.said: Status = {"state": "booting", "rows": 0}
        self.emptying = False
        self.incarnation = 0
        self._directory, self._site, self._processes = directory, site, processes
        self._q: subprocess.Popen[str] | None = None
        self._reporter: subprocess.Popen[str] | None = None
        self._port = 0
        self._shown = MetadataPlayer(instance_id)
        self._shown.texts[f"/iam/security-credentials/{ROLE}"] = _credentials(credentials)
        self.metadata = Service(self._shown.door())
        (directory / "state").mkdir(parents=True)

    @property
    def log(self) -> Path:
        """What the reporter wrote."""
        return self._directory / "reporter.log"

    @property
    def rows(self) -> int:
        """How many q holds, by its last answer."""
        return int(self.said["rows"])

    @property
    def percent(self) -> float:
        """The host's memory, as its kernel would tell it."""
        lines = dict(line.split(":") for line in (self._directory / "meminfo").read_text().splitlines())
        total, free = (int(lines[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
        return 100 * (1 - free / total)

    @property
    def plays(self) -> bool:
        """Whether q runs."""
        return self._q is not None and self._q.poll() is None

    def start(self) -> None:
        """Everything."""
        self.metadata.open()
        self.start_q()
        self.start_reporter()

    def end(self) -> None:
        """The instance is terminated."""
        self.kill_reporter()
        self.kill_q()
        self.metadata.close()

    def start_q(self) -> None:
        """A q that holds nothing yet."""
        arguments = (str(self._directory), f"{self._site.roll_threshold:g}", str(self._port))
        with (self._directory / "q.log").open("a") as log:
            self._q = self._processes.start(
                [sys.executable, "-m", "twin.processes.q", *arguments],
                cwd=ROOT,
                env={"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self.incarnation += 1
        self.said = self._answer()
        self._port = self.said["port"]

    def start_reporter(self) -> None:
        """The reporter, as its service starts it."""
        config = self._directory / "reporter.toml"
        config.write_text(self._settings())
        with self.log.open("a") as log:
            self._reporter = self._processes.start(
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
        """As kill -9 does; its rows are gone with it."""
        _kill(self._q)
        self.said = {"state": "booting", "rows": 0}

    def kill_reporter(self) -> None:
        """As kill -9 does."""
        _kill(self._reporter)

    @property
    def reports(self) -> bool:
        """Whether the reporter runs."""
        return self._reporter is not None and self._reporter.poll() is None

    def tell(self, **message: Any) -> Status:
        """A message of the tickerplant; q's status after it. Raises QGone."""
        stdin = self._pipe("stdin")
        try:
            stdin.write(json.dumps(message) + "\n")
            stdin.flush()
        except BrokenPipeError as error:
            raise QGone(self.instance_id) from error
        self.said = self._answer()
        return self.said

    def shows(self, tags: Mapping[str, str], lifecycle: str) -> None:
        """What the metadata has of the instance's tags and of what EC2 Auto Scaling wants with it."""
        texts = self._shown.texts
        for path in [path for path in texts if path.startswith("/tags/instance/")]:
            if path.removeprefix("/tags/instance/") not in tags:
                del texts[path]
        texts.update({f"/tags/instance/{name}": value for name, value in tags.items()})
        ending = lifecycle.startswith("Terminating")
        texts["/autoscaling/target-lifecycle-state"] = "Terminated" if ending else "InService"

    def _answer(self) -> Status:
        line = self._pipe("stdout").readline()
        if not line:
            raise QGone(self.instance_id)
        status: Status = json.loads(line)
        return status

    def _pipe(self, name: str) -> IO[str]:
        if self._q is None or self._q.returncode is not None:
            raise QGone(self.instance_id)
        pipe: IO[str] = getattr(self._q, name)
        return pipe

    def _settings(self) -> str:
        # JSON's texts and numbers are TOML's too.
        settings = {
            "cluster": self._site.cluster,
            "reports_topic": self._site.reports_topic,
            "scale_threshold": self._site.scale_threshold,
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


def _credentials(credentials: ReadOnlyCredentials) -> str:
    shown = {
        "Code": "Success",
        "Type": "AWS-HMAC",
        "AccessKeyId": credentials.access_key,
        "SecretAccessKey": credentials.secret_key,
        "Token": credentials.token,
        "Expiration": EXPIRES,
    }
    return json.dumps(shown)
