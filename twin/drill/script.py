"""The file of events: one JSON object a line, in the order of the clock."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.facts.wake_ups import Command
from twin.aws.refusals import OPERATIONS
from twin.drill.events import AnyEvent, AwsRefuses, Become, LedgerReplaced, Process, ReportSent, WakeUpReturns

NAMES = tuple(str(kind.__struct_config__.tag) for kind in get_args(AnyEvent))
COMMANDS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Command))
SENDER = {"requested_by": "arn:aws:sts::123456789012:assumed-role/operator/ann"}
ANY_TIME = datetime.fromtimestamp(0, UTC)
# EC2's answers to RunInstances: EC2 Auto Scaling calls that, and shows them in its activities.
OF_LAUNCHES = (
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientFreeAddressesInSubnet",
    "InstanceLimitExceeded",
    "VcpuLimitExceeded",
)
EXPECTED = {
    "at": "a time of day, HH:MM or HH:MM:SS, up to 24:00",
    "until": "a time of day, HH:MM or HH:MM:SS, up to 24:00",
    "rdb": "an instance id, live, standby, rolled, newest, oldest, or a number by order of launch such as #3",
    "instance_id": "an instance id such as i-0123456789abcdef0",
    "operation": f"a call of the functions: {', '.join(OPERATIONS)}",
    "path": "a path of the API such as /clusters/trades/capacity",
    "become": f"one of {', '.join(get_args(Become))}",
    "method": "GET, POST, PUT or DELETE",
    "through": "group or ec2",
    "processes": f"a list of some of {', '.join(get_args(Process))}",
    "state": f"one of {', '.join(State)}",
    "do": f"one of {', '.join(NAMES)}",
    "value": "a text in double quotes, or null, which removes the tag",
    "percent": "a number from 0 to 100",
}
# The names that a misspelt one may mean.
KNOWN = {"do": NAMES, "operation": tuple(OPERATIONS)}


class BadScript(ValueError):
    """An events file that is refused; the message names its line and what was expected."""


class Scripted(NamedTuple):
    """An event, and the line of the file that it is from."""

    line: int
    event: AnyEvent

    @property
    def seconds(self) -> int:
        """Return its time of day in seconds."""
        return seconds_of(self.event.at)


class Script(NamedTuple):
    """The events of a drill in their order, and the name of their file."""

    events: tuple[Scripted, ...] = ()
    name: str = ""

    def neighbours(self, cluster: str) -> list[str]:
        """Return the clusters other than `cluster` that the events need, by name."""
        named = {name for _, event in self.events if (name := _neighbour(event))}
        return sorted(named - {cluster})


def seconds_of(time: str) -> int:
    """Return a time of day in seconds."""
    hours, minutes, *rest = map(int, time.split(":"))
    return hours * 3600 + minutes * 60 + sum(rest)


def read_script(path: Path) -> Script:
    """Read a file of events. Raises BadScript."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadScript(f"{path.name}: expected UTF-8 text, one JSON object a line: {error}") from error
    except OSError as error:
        raise BadScript(f"--events {path}: cannot be read: {error.strerror}") from error
    return parse_script(path.name, text.splitlines())


def parse_script(name: str, lines: Iterable[str]) -> Script:
    """Return the events of the lines of a file; blank lines are passed over. Raises BadScript."""
    found = tuple(
        Scripted(number, _event(f"{name} line {number}", line))
        for number, line in enumerate(lines, 1)
        if line.strip()
    )
    if not found:
        raise BadScript(f"{name} line 1: expected at least one event, one JSON object a line")
    for before, after in pairwise(found):
        if after.seconds < before.seconds:
            rule = (
                f"expected events in the order of the clock, found {after.event.at} after {before.event.at}"
            )
            raise BadScript(f"{name} line {after.line}: {rule}")
    return Script(found, name)


def _event(where: str, line: str) -> AnyEvent:
    try:
        event: AnyEvent = msgspec.json.decode(line, type=AnyEvent)
    except msgspec.ValidationError as error:
        raise BadScript(f"{where}: {_rule(line, str(error))}") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadScript(f"{where}: expected one JSON object: {error}") from error
    if twice := _twice(line):
        raise BadScript(f"{where}: {twice}: is there twice")
    for rule in _rules(event):
        raise BadScript(f"{where}: {rule}")
    return event


def _twice(line: str) -> str:
    """Return a field that an object has twice, or nothing: of two the last one would count."""
    twice: list[str] = []

    def look(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in names if names.count(name) > 1)
        return dict(pairs)

    json.loads(line, object_pairs_hook=look)
    return next(iter(twice), "")


def _rules(event: AnyEvent) -> Iterator[str]:
    """Yield the rules that an event breaks although each of its fields is well."""
    until = getattr(event, "until", None)
    if until is not None and seconds_of(until) <= seconds_of(event.at):
        yield f"until: expected a time after {event.at}, found {until}"
    if isinstance(event, AwsRefuses) and event.code in OF_LAUNCHES:
        yield (
            f"code: {event.code} is why EC2 does not launch, and {event.operation} never answers so: use "
            '"do": "launches", "become": "fail", and EC2\'s text as "error"'
        )
    if isinstance(event, WakeUpReturns):
        try:
            command_of(event, ANY_TIME)
        except msgspec.ValidationError as error:
            types = f"the types are {', '.join(COMMANDS)}"
            yield f'command: expected a command such as {{"type": "lift_hold"}}: {error}; {types}'


def command_of(event: WakeUpReturns, sent: datetime, number: int = 0) -> Command:
    """Return the command that comes back, asked for when it was sent. Raises msgspec.ValidationError.

    `number` makes the id of one that names none.
    """
    asked = event.command if isinstance(event.command, dict) else {"type": event.command}
    own = {**SENDER, "command_id": f"{number:032x}", "at": sent}
    command: Command = msgspec.convert({**own, **asked}, type=Command)
    return command


def _neighbour(event: AnyEvent) -> str | None:
    match event:
        case LedgerReplaced():
            return event.cluster
        case ReportSent():
            return event.from_cluster or None
        case _:
            return None


def _rule(line: str, text: str) -> str:
    """Return in a person's words what msgspec has against a line."""
    found = json.loads(line)
    rule, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".").partition("[")[0]
    if "unknown field" in rule and not field:
        name = rule.split("`")[1]
        fields = _fields(found["do"])
        return f"{name}: is no field of {found['do']}, which has {', '.join(fields)}{_meant(name, fields)}"
    if "missing required field" in rule and not field:
        name = rule.split("`")[1]
        return f"{name}: is missing{_hint(name)}"
    if not field:
        return rule if isinstance(found, dict) else f"expected one JSON object, found {line}"
    meant = _meant(found[field], KNOWN.get(field, ()))
    return f"{field}: {_expected(field, rule)}, found {json.dumps(found[field])}{meant}"


def _meant(found: Any, names: Iterable[str]) -> str:
    close = get_close_matches(found, names, 1) if isinstance(found, str) else []
    return f"; did you mean {close[0]}?" if close else ""


def _hint(field: str) -> str:
    return f": expected {EXPECTED[field]}" if field in EXPECTED else ""


def _expected(field: str, rule: str) -> str:
    return f"expected {EXPECTED[field]}" if field in EXPECTED else rule[0].lower() + rule[1:]


def _fields(name: str) -> tuple[str, ...]:
    kind: Any = next(kind for kind in get_args(AnyEvent) if kind.__struct_config__.tag == name)
    return ("at", *(field for field in kind.__struct_fields__ if field != "at"))
