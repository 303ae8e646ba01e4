"""The checks of every request: parameters that the model knows, and pages."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twin.autoscaling.errors import AwsError, invalid


def check(where: str, given: Mapping[str, Any], required: frozenset[str], optional: frozenset[str]) -> None:
    """Refuse what the model does not know, and, as AWS does, a request without what it needs.

    The former is a NotImplementedError, never a silent default.
    """
    names = given.keys()
    if not names <= (known := required | optional):
        raise NotImplementedError(f"{where}: {', '.join(sorted(names - known))} is not modelled")
    if missing := sorted(required - names):
        name = missing[0][0].lower() + missing[0][1:]
        raise _unsatisfied("null", name, "Member must not be null")


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """Return the value. Raises AwsError when it is not allowed."""
    if value not in allowed:
        raise _unsatisfied(f"'{value}'", name, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    return value


def at_most(name: str, value: int, limit: int) -> int:
    """Return the value. Raises AwsError when it is above the limit."""
    if value > limit:
        raise _unsatisfied(f"'{value}'", name, f"Member must have value less than or equal to {limit}")
    return value


def _unsatisfied(value: str, name: str, constraint: str) -> AwsError:
    return invalid(
        f"1 validation error detected: Value {value} at '{name}' failed to satisfy constraint: {constraint}"
    )


def page[T](
    operation: str,
    params: Mapping[str, Any],
    entries: Sequence[T],
    rank: Callable[[T], str],
    sizes: tuple[int, int],
) -> tuple[Sequence[T], dict[str, str]]:
    """Return the page that MaxRecords and NextToken ask for, and `{"NextToken": ...}` if there is a next one.

    `sizes` are that of a page by default and at most. `entries` are sorted by `rank`. The token names the
    last entry seen, so that entries which come or go between two pages neither shift nor repeat the others.
    """
    size = at_most("maxRecords", params.get("MaxRecords", sizes[0]), sizes[1])
    if (token := params.get("NextToken")) is not None:
        last = _seen(operation, token)
        entries = [entry for entry in entries if rank(entry) > last]
    if len(entries) <= size:
        return entries, {}
    chosen = entries[:size]
    return chosen, {"NextToken": urlsafe_b64encode(f"{operation} {rank(chosen[-1])}".encode()).decode()}


def _seen(operation: str, token: str) -> str:
    try:
        owner, _, last = urlsafe_b64decode(token).decode().partition(" ")
    except (binascii.Error, UnicodeDecodeError):
        owner, last = "", ""
    if owner != operation:
        raise AwsError("InvalidNextToken", f"The token '{token}' is invalid.")
    return last
