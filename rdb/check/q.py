"""Asks q for `check`, `status` and `report`, and says what to do when its answer cannot be used."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..contract.report import State
from ..host.config import BadConfig, Config, password
from ..host.memory import size
from ..kdb import errors
from ..kdb.connection import speaks_tls
from ..kdb.errors import AskFailed, QError
from ..kdb.plant import PLANT
from ..kdb.status import HAS_DRAIN, STATUS, Nonsense, Seen, seen_of
from ..reporter.connecting import connection_of
from .finding import Finding


class Program(NamedTuple):
    """A q program that tells its state: its name, the query, and what to do where q does not define it."""

    name: str
    query: str
    define: str


RDB = Program("RDB", STATUS, "load highwater.q, or define it (docs/q.md, The contract)")
TICKERPLANT = Program(
    "tickerplant", PLANT, "load tickerplant.q, or define it (docs/q.md, The tickerplant's report)"
)
# With the fields of a Program.
REMEDIES: dict[type[AskFailed], str] = {
    errors.NotReachable: "start q with -p and the port that is q_port",
    errors.UnknownHost: "fix q_host",
    errors.HungUp: "something listens there and hangs up: q refuses this user, or q_port is not q's",
    errors.AccessDenied: "set q_user and q_password_file to what q's -u or .z.pw lets in",
    errors.NoTls: "set q_tls to false, or start q with -E 1 or 2",
    errors.Untrusted: "set q_host to a name of q's certificate, and let the host trust who signed it",
    errors.TimedOut: "q is busy or hung, or q_port is not q's",
    errors.BadMessage: "set q_port to the port of the {name}",
    errors.UnsupportedType: "let {query} return what docs/q.md says",
    QError: "{query} must never throw: try it in q itself",
}


def password_of(config: Config) -> Iterator[Finding]:
    """Warn of a password that is useless or that everybody may read. `q_of` reports an unreadable one."""
    name, file = "q_password_file", config.q_password_file
    if bool(config.q_user) != bool(file):
        given, lacking = ("q_user", name) if config.q_user else (name, "q_user")
        yield Finding("password", "WARN", f"{given} is set without {lacking}")
    try:
        if file and not password(config):
            yield Finding("password", "WARN", f"{name}: {file}: its first line is empty")
        if file and Path(file).stat().st_mode & stat.S_IROTH:
            yield Finding("password", "WARN", f"{name}: {file}: everybody may read it: chmod o-r {file}")
    except (BadConfig, OSError):
        return


def q_of(config: Config) -> tuple[Seen, Finding]:
    """Ask q for its status."""
    try:
        seen = seen_of(_asked(config, STATUS))
    except (AskFailed, Nonsense, BadConfig) as error:
        why = remedied(error, RDB, config)
        return Seen(State.UNKNOWN, None, why=why), Finding("q", "BAD", why)
    window = "" if seen.first_index is None else f", window ({seen.first_index}, {seen.last_index}]"
    heap = "0N" if seen.heap is None else size(seen.heap)
    return seen, Finding("q", "ok", f"{seen.state}: {seen.rows} rows{window}, heap {heap}")


def remedied(error: AskFailed | Nonsense | BadConfig, program: Program, config: Config) -> str:
    """Return why q's answer cannot be used, and what to do."""
    match error:
        case QError(text=text) if f"{text}[]" == program.query:
            return f"q does not define {text}: {program.define}"
        case QError():
            pass
        case AskFailed():
            if not config.q_tls and speaks_tls(config.q_host, config.q_port, config.q_timeout_seconds):
                return f"q at {config.q_host}:{config.q_port} wants TLS: set q_tls to true"
        case Nonsense():
            return f"{error}: see docs/q.md"
        case BadConfig():
            return str(error)
    return f"{error}: {REMEDIES[type(error)].format(**program._asdict())}"


def drain_of(config: Config) -> Finding:
    """Check that q could be asked to drain, without asking it. A q may refuse to answer that."""
    try:
        defined = _asked(config, HAS_DRAIN)
    except AskFailed as error:
        return Finding("drain", "--", f"not tried: q does not tell what .highwater.drain is: {error}")
    if not isinstance(defined, bool):
        return Finding("drain", "--", "not tried: q does not tell what .highwater.drain is")
    if not defined:
        return Finding("drain", "BAD", f"q does not define .highwater.drain: {RDB.define}")
    return Finding("drain", "ok", ".highwater.drain is defined")


def _asked(config: Config, expression: str) -> object:
    secret = password(config)
    with connection_of(config, lambda: secret) as q:
        return q.ask(expression, config.q_timeout_seconds)
