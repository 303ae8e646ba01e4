"""`highwater-rdb`: see `--help`."""

import argparse
import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Event
from typing import NoReturn, TextIO

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
from .check.q import drain_of, password_of, q_of
from .contract.report import Report, State
from .host.aws import AWS_ERRORS, Aws, sentence
from .host.config import CONFIG, FROM_ENVIRONMENT, BadConfig, Config, load
from .host.identity import Identity, awaited_identity, identity
from .host.log import Log, iso
from .host.memory import Memory
from .host.metadata import Metadata, NoMetadata
from .host.passwords import Keeper
from .kdb.status import Seen
from .reporter.journal import Journal
from .reporter.reporter import Reporter, sender, utc_now

HELP = f"""Reports the state of this host's RDB to Highwater, and asks q to drain when it should.

  highwater-rdb check    find out what is wrong with this host, and what to do; start here
  highwater-rdb status   show q's status, the memory, the last report, and whether a drain is requested
  highwater-rdb report   send one report now, due or not
  highwater-rdb run      report until stopped; the service highwater-reporter runs this
  highwater-rdb passwords
                         keep HIGHWATER_Q_PASSWORDS, a file, as the secret HIGHWATER_Q_SECRET is;
                         the service highwater-passwords runs this, and needs no other setting

Settings come from {CONFIG}, which may be missing, or from --config FILE. These environment
variables override them: {", ".join(FROM_ENVIRONMENT.values())}.
On a host that the cluster's stack launched, /etc/highwater/cluster.env sets them:

  set -a; . /etc/highwater/cluster.env; highwater-rdb check

Exit status: 0; 1 if something is wrong; 2 for invalid arguments or settings that cannot be used.
"""

# The shell's status for a command that a closed pipe ended.
SIGPIPED = 141
# Where q's passwords come from: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME.
FETCHED_FROM = "HIGHWATER_Q_SECRET"
ARN_COLONS = 6


class Parser(argparse.ArgumentParser):
    """Refuses bad arguments with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(2, f"highwater-rdb: {message}; see highwater-rdb --help\n")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    args = _parser().parse_args(argv)
    done: int
    if args.run is passwords:
        done = passwords()
        return done
    try:
        config, wrong = load(args.config)
    except BadConfig as error:
        if args.run is status and args.json:
            _say(_as_json(None, None, None, None, error.args))
        for text in error.args:
            _failed(text)
        return 2
    try:
        done = args.run(args, config, wrong)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone. What is still buffered must not be written when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGPIPED
    return done


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
    Reporter(config, found, metadata, log).run(stop)
    log.tell("stopped")
    return 0


def passwords() -> int:
    """Keep q's passwords as the secret is, until SIGTERM or SIGINT."""
    secret, file = (os.environ.get(name, "") for name in (FETCHED_FROM, FROM_ENVIRONMENT["q_password_file"]))
    if not (secret.startswith("arn:") and secret.count(":") == ARN_COLONS and file):
        _failed(f"{FETCHED_FROM} must be a secret's ARN, {FROM_ENVIRONMENT['q_password_file']} a file's path")
        return 2
    aws = Aws(secret.split(":")[3])
    keeper = Keeper(secret, Path(file), lambda: aws.client("secretsmanager"), utc_now, _log(sys.stdout))
    keeper.run(_stopped())
    return 0


def status(args: argparse.Namespace, config: Config, wrong: tuple[str, ...]) -> int:
    """Show the current state. Exit status 1 if q or the memory is unknown."""
    seen, q_finding = q_of(config)
    memory, memory_finding = memory_of(config)
    last = Journal(Path(config.state_directory)).read().report
    try:
        request = Metadata().drain_request() or "not requested"
    except NoMetadata as error:
        request = f"unknown: {error}"
    if args.json:
        _say(_as_json(seen, memory, last, request, wrong))
    else:
        _say(f"q            {f'unknown: {seen.why}' if seen.why else q_finding.text}")
        _say(f"memory       {memory_finding.text}")
        _say(f"last report  {_told(last, utc_now()) if last else 'none'}")
        _say(f"drain        {request}")
        for text in wrong:
            _say(f"settings     {text}")
    return int(seen.state is State.UNKNOWN or memory is None)


def report(_args: argparse.Namespace, config: Config, _wrong: tuple[str, ...]) -> int:
    """Send one report now. Exit status 1 if it could not be sent."""
    seen, _ = q_of(config)
    memory, finding = memory_of(config)
    if memory is None:
        return _failed(finding.text)
    try:
        known = identity(config, Metadata())
        sent = sender(config, known, Aws(known.region), _log(sys.stderr)).send(seen, memory, utc_now())
    except NoMetadata as error:
        return _failed(str(error))
    except AWS_ERRORS as error:
        return _failed(sentence(error, utc_now()))
    _say(_told(sent, utc_now()))
    return 0


def check(_args: argparse.Namespace, config: Config, wrong: tuple[str, ...]) -> int:
    """Find out what is wrong; publish one report and the metrics. Exit status 1 if a line is BAD."""
    found = list(settings_of(config, wrong))
    memory, finding = memory_of(config)
    found += [finding, state_of(Path(config.state_directory)), *password_of(config)]
    seen, finding = q_of(config)
    found.append(finding)
    if not seen.why:
        found.append(drain_of(config))
    known, findings = metadata_of(config, Metadata())
    found += findings
    if known:
        found += _aws_of(config, known, seen, memory)
    else:
        found.append(Finding("AWS", "BAD", "not looked at: set instance_id and region, or fix the metadata"))
    for what, verdict, text in found:
        _say(f"{verdict:<5}  {what:<15}  {text}")
    return max(STATUS[finding.verdict] for finding in found)


def _aws_of(config: Config, known: Identity, seen: Seen, memory: Memory | None) -> Iterator[Finding]:
    aws = Aws(known.region)
    try:
        aws.credentials()
    except AWS_ERRORS as error:
        yield Finding("role", "BAD", f"{sentence(error, utc_now())}; clock, topic and metrics not looked at")
        return
    yield from caller_of(config, known, aws, utc_now())
    if secret := os.environ.get(FETCHED_FROM):
        yield secret_of(secret, config, aws, utc_now())
    if memory:
        # What the sender would log is among the findings.
        quiet = sender(config, known, aws, _log(io.StringIO()))
        yield topic_of(quiet, seen, memory, utc_now())
        yield metrics_of(known, seen, memory, aws, utc_now())


def _stopped() -> Event:
    """Return what SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _parser() -> Parser:
    parser = Parser(
        prog="highwater-rdb", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"highwater-rdb {_version()}")
    commands = parser.add_subparsers(
        required=True, metavar="check|status|report|run|passwords", parser_class=Parser
    )
    for command in (check, status, report, run, passwords):
        one = commands.add_parser(command.__name__, help=str(command.__doc__), description=command.__doc__)
        one.set_defaults(run=command)
        if command is passwords:
            continue
        one.add_argument("--config", type=Path, metavar="FILE", help=f"the settings, instead of {CONFIG}")
        if command is status:
            one.add_argument("--json", action="store_true", help="for a program to read")
    return parser


def _version() -> str:
    try:
        return version("highwater-rdb")
    except PackageNotFoundError:
        return "of a source tree"


def _log(out: TextIO) -> Log:
    return Log(out, utc_now, time.monotonic)


def _as_json(
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


def _failed(why: str) -> int:
    print(f"highwater-rdb: {why}", file=sys.stderr)  # noqa: T201 - a command's answer
    return 1


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command's answer


if __name__ == "__main__":
    sys.exit(main())
