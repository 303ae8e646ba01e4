"""The reporter's settings: a TOML file, overridden by the environment that the host's user data wrote."""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from ..contract.errors import BadInput
from ..contract.names import Role
from ..contract.report import ClusterName, InstanceId, decode
from .memory import MEMINFO

CONFIG = Path("/etc/highwater/reporter.toml")
# The environment variables that a cluster's stack sets on its hosts, by setting.
FROM_ENVIRONMENT = {
    "cluster": "HIGHWATER_CLUSTER",
    "reports_topic": "HIGHWATER_REPORTS_TOPIC",
    "scale_threshold": "HIGHWATER_SCALE_THRESHOLD",
    "role": "HIGHWATER_ROLE",
    "region": "AWS_REGION",
    "q_user": "HIGHWATER_Q_USER",
    "q_password_file": "HIGHWATER_Q_PASSWORDS",
}
# With a default for one of these, the reporter might report for the wrong RDB. One that stops is noticed.
NOT_GUESSED = frozenset({"cluster", "reports_topic", "role", "instance_id", "q_host", "q_port"})


# The start of tomllib's message for common mistakes, and a hint.
TOML_HINTS = {
    "Invalid value": "; texts need quotes",
    "Expected newline": "; texts need quotes",
    "Cannot overwrite": "; a setting stands once",
}


class BadConfig(Exception):
    """Settings are invalid: each argument names where one was set, the setting and the rule."""


def _number(least: float, most: float, rule: str) -> Any:
    return Meta(ge=least, le=most, description=rule)


def _rule(rule: str, pattern: str | None = None) -> Any:
    return Meta(pattern=pattern, description=rule)


# No path has a NUL.
Text = Annotated[str, _rule("a text", r"^[^\x00]*\Z")]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds are in percent, times in seconds.

    Without `instance_id` or `region` the instance metadata is asked.
    """

    cluster: Annotated[ClusterName, _rule("up to 64 letters, digits, - and _")]
    reports_topic: Annotated[
        str,
        _rule(
            "the ARN of a topic that is not FIFO", r"^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}\Z"
        ),
    ]
    scale_threshold: Annotated[float, _number(5, 94, "a percentage from 5 to 94")] = 60.0
    role: Annotated[Role, _rule("rdb or tickerplant")] = Role.RDB
    region: Annotated[str, _rule("a region like eu-west-1", r"^[a-z]{2}(-[a-z]+)+-[0-9]\Z")] | None = None
    instance_id: Annotated[InstanceId, _rule("an id like i-0123456789abcdef0")] | None = None
    q_host: Annotated[
        str, _rule("a host's name or IPv4 address", r"^[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\Z")
    ] = "127.0.0.1"
    q_port: Annotated[int, _number(1, 65535, "a port from 1 to 65535")] = 5001
    q_tls: Annotated[bool, _rule("true or false")] = False
    q_user: Annotated[str, _rule("a text without a colon", r"^[^:\x00]*\Z")] = ""
    q_password_file: Text = ""
    q_timeout_seconds: Annotated[float, _number(0.1, 10, "seconds from 0.1 to 10, without a unit")] = 1.0
    poll_seconds: Annotated[float, _number(0.1, 10, "seconds from 0.1 to 10, without a unit")] = 1.0
    metrics_seconds: Annotated[float, _number(10, 60, "seconds from 10 to 60, without a unit")] = 60.0
    metadata_seconds: Annotated[float, _number(1, 60, "seconds from 1 to 60, without a unit")] = 5.0
    state_directory: Annotated[str, _rule("an absolute path", r"^/[^\x00]*\Z")] = "/var/lib/highwater"
    meminfo: Text = str(MEMINFO)

    @property
    def partition(self) -> str:
        """The topic's AWS partition, such as aws or aws-cn."""
        return self.reports_topic.split(":")[1]


def port_of(role: Role) -> int:
    """Return the port of q on a host of a role, where none is set."""
    match role:
        case Role.RDB:
            return 5001
        case Role.TICKERPLANT:
            return 5000


def load(
    path: Path | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[Config, tuple[str, ...]]:
    """Read the settings; with them comes a sentence for each that was invalid and has its default instead.

    Without a `path`, CONFIG is read if it exists. Raises BadConfig for a file that cannot be read, and for
    an invalid setting of NOT_GUESSED; then it lists everything that is wrong.
    """
    file = path or (CONFIG if CONFIG.exists() else None)
    settings = _read(file) if file else {}
    wrong: list[str] = []
    for unknown in sorted(settings.keys() - set(Config.__struct_fields__)):
        wrong.append(f"{file}: {unknown}: {_meant(unknown, settings.pop(unknown))}")
    wheres: dict[str, object] = dict.fromkeys(settings, file)
    for name, variable in FROM_ENVIRONMENT.items():
        # Bytes that are no text come as surrogates, which nothing here could write.
        if text := environment.get(variable, "").encode(errors="replace").decode():
            settings[name] = _threshold(text) if name == "scale_threshold" else text
            wheres[name] = variable
    missing = [name for name in ("cluster", "reports_topic") if name not in settings]
    usable = not missing
    for name, where in wheres.items():
        if text := _broken(name, settings[name]):
            taken = "" if name in NOT_GUESSED else f"; {_default(name)} is taken"
            wrong.append(f"{where}: {name}: {text}{taken}")
            usable = usable and name not in NOT_GUESSED
            del settings[name]
    if missing:
        wrong.append(_missing(missing, file))
    if not usable:
        raise BadConfig(*wrong)
    settings.setdefault("q_port", port_of(Role(settings.get("role", Role.RDB))))
    return decode(msgspec.json.encode(settings), Config), tuple(wrong)


def password(config: Config) -> str:
    """Read the first line of the password file, without blanks; empty when none is set. Raises BadConfig."""
    if not config.q_password_file:
        return ""
    try:
        text = Path(config.q_password_file).read_text("utf-8-sig").partition("\n")[0].strip()
    except OSError as error:
        raise BadConfig(f"q_password_file: {config.q_password_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadConfig(f"q_password_file: {config.q_password_file}: is no text") from error
    if "\0" in text:
        raise BadConfig(f"q_password_file: {config.q_password_file}: has a NUL in its first line")
    return text


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text())
    except OSError as error:
        raise BadConfig(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = next((hint for said, hint in TOML_HINTS.items() if str(error).startswith(said)), "")
        raise BadConfig(f"{file}: is not TOML: {error}{hint}") from error


def _threshold(text: str) -> float | str:
    """Convert a number; any other text is kept, for `_broken` to refuse."""
    return float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else text


def _meant(unknown: str, value: object) -> str:
    if isinstance(value, dict):
        return f"is a section: there are none; take the line [{unknown}] away"
    close = get_close_matches(unknown, Config.__struct_fields__, 1)
    return f"is no setting{f'; {close[0]} is one' if close else ''}"


def _missing(names: list[str], file: Path | None) -> str:
    lacking = f"not in {file}" if file else f"{CONFIG} does not exist"
    variables = " and no ".join(FROM_ENVIRONMENT[name] for name in names)
    return (
        f"{', '.join(names)}: {lacking}, and the environment has no {variables}; on a host of a stack: "
        "set -a; . /etc/highwater/cluster.env; set +a; "
        f"elsewhere write {file or CONFIG}, see docs/reporter.md"
    )


def _broken(name: str, value: Any) -> str:
    """Name the rule that a value breaks; empty when it is valid."""
    kind = get_type_hints(Config, include_extras=True)[name]
    try:
        decode(msgspec.json.encode(value), kind)
    except BadInput:
        kinds = [kind, *get_args(kind)] if get_origin(kind) in (Union, UnionType) else [kind]
        rule = next(rule for rule in map(_description, kinds) if rule)
        meant = name == "scale_threshold" and isinstance(value, float) and 0 < value < 1
        return f"must be {rule}, and is {_toml(value)}{f' (did you mean {100 * value:g}?)' if meant else ''}"
    return ""


def _default(name: str) -> str:
    default = next(field.default for field in msgspec.structs.fields(Config) if field.name == name)
    return "what the instance metadata says" if default is None else f"the default, {_toml(default)},"


def _toml(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return msgspec.json.encode(value).decode() if isinstance(value, bool | str) else str(value)


def _description(kind: Any) -> str:
    rules = (meta.description for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta))
    return next(filter(None, rules), "")
