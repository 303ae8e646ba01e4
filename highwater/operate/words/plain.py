"""Times, sizes, numbers and names as a person says them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

MEBIBYTE = 2**20
GIBIBYTE = 2**30

_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z")
_ARN = re.compile(
    r"\barn:aws[a-z-]*:(?:sts|iam)::\d+:"
    r"(?:assumed-role/([\w+=,.@-]+)/([\w+=.@-]+)|(?:user|role)/(?:[\w+=,.@-]+/)*([\w+=.@-]+)|(root))"
)
_WINDOW = re.compile(r"window \((\d+), (\d+)\](?:, (\d+) rows)?")
_LARGE = re.compile(r"\b(\d{4,})(?= (?:rows|updates)\b)")
_AWS = re.compile(r"An error occurred \((\w+)\) when calling the \w+ operation(?: \([^)]*\))?")


def plain(text: str, now: datetime) -> str:
    """Return a sentence of the API with its times, names and numbers as a person says them."""
    replacements: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_TIME, lambda found: clock(found[0], now)),
        (_ARN, lambda found: _person(found)),
        (_WINDOW, lambda found: window(int(found[1]), int(found[2]))),
        (_LARGE, lambda found: number(int(found[1]))),
        (_AWS, lambda found: found[1]),
    )
    for pattern, replacement in replacements:
        text = pattern.sub(replacement, text)
    return text


def plain_error(text: str) -> str:
    """Return an error of the API with the names of people; its times keep their dates."""
    return _ARN.sub(_person, text)


def instant(text: str) -> datetime:
    """Return a time of the API."""
    return datetime.fromisoformat(text)


def clock(at: str | datetime, now: datetime, *, seconds: bool = False) -> str:
    """Return a time of day in UTC, with its date if that is not today's."""
    time = (instant(at) if isinstance(at, str) else at).astimezone(UTC)
    day = "" if time.date() == now.date() else f"{time.day} {time:%b} "
    year = "" if time.year == now.year else f"{time:%Y} "
    return f"{day}{year}{time:%H:%M:%S}" if seconds else f"{day}{year}{time:%H:%M} UTC"


def minutes(count: float) -> str:
    """Return a length of time: in minutes up to two hours, then in hours, then in days."""
    whole = round(count)
    if whole < 1:
        return "less than a minute"
    if whole <= 120:
        return "1 minute" if whole == 1 else f"{whole} minutes"
    hours, rest = divmod(whole, 60)
    if hours < 48:
        return f"{hours} h {rest:02} min"
    return f"{hours // 24} days"


def ago(at: str, now: datetime) -> str:
    """Return how long ago something was."""
    return f"{minutes((now - instant(at)).total_seconds() / 60)} ago"


def size(count: float) -> str:
    """Return a number of bytes: in GiB with one decimal, or in MiB where that is less than one."""
    if count >= GIBIBYTE:
        return f"{count / GIBIBYTE:.1f} GiB"
    return f"{count / MEBIBYTE:.0f} MiB"


def number(count: int) -> str:
    """Return a number with its thousands apart."""
    return f"{count:,}"


def window(first: int, last: int) -> str:
    """Return a window (first, last] in words: the first index is not in it."""
    if last <= first:
        return "no updates"
    return f"updates {number(first + 1)} to {number(last)}"


def who(name: str) -> str:
    """Return who asked, by the IAM identity: the person, with the role if there is one."""
    return _ARN.sub(_person, name)


def counted(count: int, thing: str) -> str:
    """Return a number of things: 1 alert, 2 alerts."""
    return f"{number(count)} {thing}{'' if count == 1 else 's'}"


def _person(found: re.Match[str]) -> str:
    role, session, user, root = found.groups()
    return f"{session} ({role})" if session else user or root
