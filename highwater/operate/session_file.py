"""A file of sessions: local times with their zone, one session a line. Pure."""

import csv
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.contract.errors import BadInput
from chalicelib.core.facts.calendar import Calendar, Session
from highwater.terminal import Refused

COLUMNS = ["start", "end", "zone"]
EXAMPLE = "2026-11-23 09:30,2026-11-23 16:00,America/New_York"


class _Line(NamedTuple):
    number: int
    session: Session


def sessions_of(text: str, name: str) -> tuple[Session, ...]:
    """Return the sessions of a file in their order. Raises Refused, naming the line and the rule."""
    reader = csv.reader(StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    if (header := [column.strip() for column in next(reader, [])]) != COLUMNS:
        raise Refused(
            f"{name}, line 1: must be the header {','.join(COLUMNS)}, and is {','.join(header) or 'empty'}"
        )
    lines = []
    for fields in reader:
        if not any(field.strip() for field in fields):
            continue
        try:
            lines.append(_Line(reader.line_num, _session([field.strip() for field in fields])))
        except ValueError as error:
            raise Refused(f"{name}, line {reader.line_num}: {error}") from error
    if not lines:
        raise Refused(f"{name}: has no session; a line is {EXAMPLE}")
    lines.sort(key=lambda line: line.session)
    for before, line in pairwise(lines):
        if line.session.start < before.session.end:
            raise Refused(
                f"{name}, line {line.number}: overlaps the session of line {before.number}: it begins at "
                f"{line.session.start:%FT%TZ}, and the other ends at {before.session.end:%FT%TZ}"
            )
    return tuple(line.session for line in lines)


def _session(fields: list[str]) -> Session:
    if len(fields) != len(COLUMNS):
        raise ValueError(f"has {len(fields)} fields, and must have {len(COLUMNS)}, as {EXAMPLE}")
    zone = _zone(fields[2])
    start, end = (_instant(column, text, zone) for column, text in zip(COLUMNS, fields[:2], strict=False))
    if end <= start:
        raise ValueError(
            f"ends at {fields[1]}, which is not after {fields[0]}; over midnight the end has the date of the "
            "next day"
        )
    session = Session(start, end)
    try:
        Calendar.of([session])
    except BadInput as error:
        raise ValueError(f"{error.field.rpartition('.')[2]}: {error.rule}") from error
    return session


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError) as error:
        raise ValueError(f"zone: {name!r} is no time zone such as America/New_York or UTC") from error


def _instant(column: str, text: str, zone: ZoneInfo) -> datetime:
    """Return a local time as an instant in UTC; on the day the clocks change it may be none, or two."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{column}: {text!r} is no local time such as 2026-11-23 09:30") from error
    if local.tzinfo:
        raise ValueError(f"{column}: {text!r} must have no offset, its zone is in the third column")
    try:
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError as error:
        raise ValueError(f"{column}: {text} is out of range in UTC") from error
    if first > second:
        raise ValueError(f"{column}: {text} does not exist in {zone.key}: the clocks are put forward then")
    if first < second:
        raise ValueError(
            f"{column}: {text} comes twice in {zone.key}, as the clocks are put back then: write the "
            f"session in zone UTC, with {first:%F %R} or {second:%F %R}"
        )
    return first
