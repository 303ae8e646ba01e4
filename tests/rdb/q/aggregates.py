"""One value of a list: sums and extremes, all and any."""

import math

from .errors import QError, Unsupported
from .lists import as_list
from .values import INFINITE, Atom, Value, Vector, boolean, elements, is_null


def total(value: Value) -> Value:
    """Return `sum`: nulls are left out."""
    if isinstance(value, Atom):
        return value
    items = elements(value)
    if any(not isinstance(one, Atom) or one.kind not in "bijf" for one in items):
        raise QError("type")
    kind = "f" if any(getattr(one, "kind", "") == "f" for one in items) else "j"
    return Atom(
        kind, sum(one.value for one in items if isinstance(one, Atom) and not is_null(one.kind, one.value))
    )


def extreme(value: Value, larger: bool) -> Value:
    """Return `max` or `min`: nulls are left out, and of nothing it is an infinity."""
    if isinstance(value, Atom):
        return value
    if not isinstance(value, Vector):
        raise Unsupported("max or min of what is no vector")
    items = [one for one in value.items if not is_null(value.kind, one)]
    if not items:
        sign = -1 if larger else 1
        return Atom(value.kind, sign * (math.inf if value.kind == "f" else INFINITE))
    return Atom(value.kind, max(items) if larger else min(items))


def every(value: Value) -> Value:
    """Return `all`."""
    return boolean(all(one.value for one in elements(as_list(value)) if isinstance(one, Atom)))


def some(value: Value) -> Value:
    """Return `any`."""
    found = elements(as_list(value))
    if not all(isinstance(one, Atom) and one.kind == "b" for one in found):
        raise Unsupported("any of what are no booleans")
    return boolean(any(one.value for one in found if isinstance(one, Atom)))
