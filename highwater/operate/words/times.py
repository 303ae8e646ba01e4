"""The times that a person gives: a time of day, a length of time, or a whole instant."""

import re
from datetime import UTC, datetime, timedelta

from highwater.terminal import Refused

LENGTHS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
EXAMPLES = "16:30 (UTC), 90m, 2h, 3d, or 2026-11-24T12:00:00Z"


def until_of(option: str, text: str, now: datetime) -> str:
    """Return a time after now as the API takes it; a time of day is the next such time in UTC.

    Raises Refused, naming the option.
    """
    at = _length(text, now, 1) or _time_of_day(text, now, 1) or _instant(text)
    if at is None:
        raise Refused(f"{option} {text}: must be a time such as {EXAMPLES}.")
    if at <= now:
        raise Refused(f"{option} {text}: is not after now, {now:%FT%TZ}.")
    return f"{at:%FT%TZ}"


def since_of(option: str, text: str, now: datetime) -> str:
    """Return a time before now as the API takes it; a time of day is the last such time in UTC."""
    at = _length(text, now, -1) or _time_of_day(text, now, -1) or _instant(text)
    if at is None:
        raise Refused(f"{option} {text}: must be a time such as {EXAMPLES}.")
    return f"{at:%FT%TZ}"


def span_of(begin: str | None, end: str | None, now: datetime) -> dict[str, str]:
    """Return a range as the API takes it, by `from` and `to`; a time of day as its end comes after its begin.

    Raises Refused, naming the option.
    """
    span = {"from": since_of("--from", begin, now)} if begin else {}
    if end:
        span["to"] = since_of("--to", end, now)
        starts = datetime.fromisoformat(span["from"]) if begin else None
        if starts and datetime.fromisoformat(span["to"]) < starts and (at := _time_of_day(end, starts, 1)):
            span["to"] = f"{at:%FT%TZ}"
    return span


def _length(text: str, now: datetime, sign: int) -> datetime | None:
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    return now + sign * int(found[1]) * LENGTHS[found[2]] if found else None


def _time_of_day(text: str, now: datetime, sign: int) -> datetime | None:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if found is None:
        return None
    at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
    day = timedelta(days=1)
    if sign > 0:
        return at if at > now else at + day
    return at if at <= now else at - day


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
