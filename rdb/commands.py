"""The commands of `highwater-rdb`; each returns its exit status."""

import argparse
import io
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TextIO

import msgspec

from .check.finding import STATUS, Finding
from .check.host import (
    caller_of,
    memory_of,
    metadata_of,
    metrics_of,
    secret_of,
    settings_of,
    state_of,
    topic_of,
)
from .check.plant import plant_of, plant_topic_of
from .check.q import drain_of, password_of, q_of
from .contract.names import Role
from .contract.report import Report, State
from .host.aws import AWS_ERRORS, Aws, sentence
from .host.config import FROM_ENVIRONMENT, Config
from .host.identity import Identity, awaited_identity, identity
from .host.log import Log, iso
from .host.memory import Memory
from .host.metadata import Metadata, NoMetadata
from .host.passwords import Keeper
from .kdb.status import Seen
from .reporter.journal import Journal
from .reporter.plant import plant_sender, report_plant
from .reporter.reporter import Reporter, sender, utc_now

# Where q's passwords come from: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME.
FETCHED_FROM = "HIGHWATER_Q_SECRET"
ARN_COLONS = 6
NO_RDB = "this host has the tickerplant, and no RDB: see check and the service's log"


def run(_args: argparse.Namespace, config: Config, wrong: tuple[str, ...]) -> int:
    """Report until SIGTERM or SIGINT."""
    stop = _stopped()
    log = _log(sys.stdout)
    log.name(cluster=config.cluster)
    for text in wrong:
        log.tell("bad setting", "WARNING", why=text)
    metadata = Metadata()
    if (found := awaited_identity(config, metadata, log, stop)) is None:
        return 0
    log.name(instance_id=found.instance_id)
    log.tell("started", settings=config)
    match config.role:
        case Role.RDB:
            Reporter(config, found, metadata, log).run(stop)
        case Role.TICKERPLANT:
            report_plant(config, plant_sender(config, found, Aws(found.region), log), log, utc_now, stop)
    log.tell("stopped")
    return 0


def passwords() -> int:
    """Keep q's passwords as the secret is, until SIGTERM or SIGINT."""
    secret, file = (os.environ.get(name, "") for name in (FETCHED_FROM, FROM_ENVIRONMENT["q_password_file"]))
    if not (secret.startswith("arn:") and secret.count(":") == ARN_COLONS and file):
        failed(f"{FETCHED_FROM} must be a secret's ARN, {FROM_ENVIRONMENT['q_password_file']} a file's path")
        return 2
    aws = Aws(secret.split(":")[3])
    keeper = Keeper(secret, Path(file), lambda: aws.client("secretsmanager"), utc_now, _log(sys.stdout))
    keeper.run(_stopped())
    return 0


def status(args: argparse.Namespace, config: Config, wrong: tuple[str, ...]) -> int:
    """Show the current state. Exit status 1 if q or the memory is unknown."""
    if not _has_rdb(config.role):
        return failed(NO_RDB)
    seen, q_finding = q_of(config)
    memory, memory_finding = memory_of(config)
    last = Journal(Path(config.state_directory)).read().report
    try:
        request = Metadata().drain_request() or "not requested"
    except NoMetadata as error:
        request = f"unknown: {error}"
    if args.json:
        say(as_json(seen, memory, last, request, wrong))
    else:
        say(f"q            {f'unknown: {seen.why}' if seen.why else q_finding.text}")
        say(f"memory       {memory_finding.text}")
        say(f"last report  {_told(last, utc_now()) if last else 'none'}")
        say(f"drain        {request}")
        for text in wrong:
            say(f"settings     {text}")
    return int(seen.state is State.UNKNOWN or memory is None)


def report(_args: argparse.Namespace, config: Config, _wrong: tuple[str, ...]) -> int:
    """Send one report now. Exit status 1 if it could not be sent."""
    if not _has_rdb(config.role):
        return failed(NO_RDB)
    seen, _ = q_of(config)
    memory, finding = memory_of(config)
    if memory is None:
        return failed(finding.text)
    try:
        known = identity(config, Metadata())
        sent = sender(config, known, Aws(known.region), _log(sys.stderr)).send(seen, memory, utc_now())
    except NoMetadata as error:
        return failed(str(error))
    except AWS_ERRORS as error:
        return failed(sentence(error, utc_now()))
    say(_told(sent, utc_now()))
    return 0


def check(_args: argparse.Namespace, config: Config, wrong: tuple[str, ...]) -> int:
    """Find out what is wrong; publish one report and the metrics. Exit status 1 if a line is BAD."""
    match config.role:
        case Role.RDB:
            found = _check_rdb(config, wrong)
        case Role.TICKERPLANT:
            found = _check_plant(config, wrong)
    return _verdict(found)


def _has_rdb(role: Role) -> bool:
    match role:
        case Role.RDB:
            return True
        case Role.TICKERPLANT:
            return False


def _verdict(found: Iterable[Finding]) -> int:
    told = list(found)
    for what, verdict, text in told:
        say(f"{verdict:<5}  {what:<15}  {text}")
    return max(STATUS[finding.verdict] for finding in told)


def _check_rdb(config: Config, wrong: tuple[str, ...]) -> Iterator[Finding]:
    yield from settings_of(config, wrong)
    memory, finding = memory_of(config)
    yield finding
    yield state_of(Path(config.state_directory))
    yield from password_of(config)
    seen, finding = q_of(config)
    yield finding
    if not seen.why:
        yield drain_of(config)
    known, findings = metadata_of(config, Metadata())
    yield from findings
    if known:
        yield from _aws_of(config, known, seen, memory)
    else:
        yield Finding("AWS", "BAD", "not looked at: set instance_id and region, or fix the metadata")


def _check_plant(config: Config, wrong: tuple[str, ...]) -> Iterator[Finding]:
    yield from settings_of(config, wrong)
    yield state_of(Path(config.state_directory))
    yield from password_of(config)
    seen, finding = plant_of(config)
    yield finding
    try:
        known = identity(config, Metadata())
    except NoMetadata as error:
        yield Finding("metadata", "BAD", str(error))
        return
    aws = Aws(known.region)
    yield from _secret_of(config, aws)
    if seen:
        yield plant_topic_of(plant_sender(config, known, aws, _log(io.StringIO())), seen, utc_now())
    else:
        yield Finding("topic", "--", "not tried: there is nothing to report while q does not answer")


def _aws_of(config: Config, known: Identity, seen: Seen, memory: Memory | None) -> Iterator[Finding]:
    aws = Aws(known.region)
    try:
        aws.credentials()
    except AWS_ERRORS as error:
        yield Finding("role", "BAD", f"{sentence(error, utc_now())}; clock, topic and metrics not looked at")
        return
    yield from caller_of(config, known, aws, utc_now())
    yield from _secret_of(config, aws)
    if memory:
        # What the sender would log is among the findings.
        quiet = sender(config, known, aws, _log(io.StringIO()))
        yield topic_of(quiet, seen, memory, utc_now())
        yield metrics_of(known, seen, memory, aws, utc_now())


def _secret_of(config: Config, aws: Aws) -> Iterator[Finding]:
    if secret := os.environ.get(FETCHED_FROM):
        yield secret_of(secret, config, aws, utc_now())


def _stopped() -> Event:
    """Return what SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _log(out: TextIO) -> Log:
    return Log(out, utc_now, time.monotonic)


def as_json(
    seen: Seen | None,
    memory: Memory | None,
    last: Report | None,
    request: str | None,
    wrong: tuple[str, ...],
) -> str:
    """Make the output of `status --json`; null stands for what unusable settings left unasked."""
    result = {"q": seen, "memory": memory, "last_report": last, "drain": request, "bad_settings": wrong}
    return msgspec.json.format(msgspec.json.encode(result)).decode()


def _told(report: Report, now: datetime) -> str:
    ago = (now - report.sent_at).total_seconds()
    return f"{report.state}, sequence {report.sequence}, at {iso(report.sent_at)}, {ago:.0f} s ago"


def failed(why: str) -> int:
    """Tell people why a command fails, and return its exit status."""
    print(f"highwater-rdb: {why}", file=sys.stderr)  # noqa: T201 - a command's answer
    return 1


def say(text: str) -> None:
    """Print a line of a command's answer."""
    print(text)  # noqa: T201 - a command's answer
