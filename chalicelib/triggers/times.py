"""The times in requests: each is used in UTC."""

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import Time
from chalicelib.contract.words import A_TIME

MOST_DAYS = 30


def instant(name: str, text: str) -> datetime:
    """Return a query parameter as a time in UTC. Raises BadInput."""
    try:
        return in_utc(name, msgspec.convert(text, Time))
    except msgspec.ValidationError as error:
        raise BadInput(name, f"must be {A_TIME}") from error


def checked_until(until: datetime | None, now: datetime) -> datetime | None:
    """Return the end of a hold or a floor, in UTC. Raises BadInput for one that is over or too far."""
    if until is None:
        return None
    until = in_utc("until", until)
    if until <= now:
        raise BadInput("until", f"{until:%FT%TZ} is not after now, {now:%FT%TZ}")
    if until - now > timedelta(days=MOST_DAYS):
        raise BadInput("until", f"{until:%FT%TZ} is more than {MOST_DAYS} days from now")
    return until


def in_utc(name: str, time: datetime) -> datetime:
    """Return a time of a body in UTC. Raises BadInput."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise BadInput(name, "is out of range in UTC") from error
