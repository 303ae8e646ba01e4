"""Casts, texts and patterns: `$`, `string`, `like`, `hsym`."""

import fnmatch
import re
from functools import cache

from .atomic import date_of
from .errors import QError, Unsupported
from .lists import empty_of
from .literals import DAY, parsed, written
from .values import (
    NULL,
    Atom,
    Mixed,
    Value,
    Vector,
    boolean,
    collect,
    elements,
    string,
    symbol,
    text_of,
)

_NAMES = {
    "boolean": "b", "short": "h", "int": "i", "long": "j", "float": "f", "char": "c", "symbol": "s",
    "timestamp": "p", "date": "d", "timespan": "n",
}  # fmt: skip
_SYMBOL = ""


def cast(left: Value, right: Value) -> Value:
    """Return `$` with two arguments: an upper-case letter reads text, a lower-case one or a name converts."""
    if isinstance(left, Atom) and left.kind == "c":
        if left.value.isupper():
            return _read(left.value.lower(), right)
        return _converted(left.value, right)
    if isinstance(left, Atom) and left.kind == "s":
        if left.value == _SYMBOL:
            return _as_symbol(right)
        if left.value not in _NAMES:
            raise QError("type")
        return _converted(_NAMES[left.value], right)
    raise Unsupported("$ of what names no kind")


def _as_symbol(value: Value) -> Value:
    match value:
        case Vector("c", text):
            return symbol(text)
        case Atom("c", text):
            return symbol(text)
        case Mixed(items):
            return collect([_as_symbol(one) for one in items]) if items else empty_of("s")
    raise QError("type")


def _read(kind: str, value: Value) -> Value:
    match value:
        case Vector("c", text) | Atom("c", text):
            return Atom(kind, parsed(kind, text))
        case Mixed(items):
            return collect([_read(kind, one) for one in items]) if items else empty_of(kind)
    raise QError("type")


def _converted(kind: str, value: Value) -> Value:
    if isinstance(value, Vector) and value.kind == kind:
        return value
    if isinstance(value, Mixed | Vector):
        items = [_converted(kind, one) for one in elements(value)]
        return collect(items) if items else empty_of(kind)
    if not isinstance(value, Atom) or value.kind == "s":
        raise QError("type")
    match value.kind, kind:
        case (one, other) if one == other:
            return value
        case "p", "d" | "n":
            return Atom(kind, date_of(value.value) if kind == "d" else value.value % DAY)
        case ("i" | "d" | "p" | "n" | "h", "j") | ("j", "d" | "p" | "n"):
            return Atom(kind, value.value)
        case "b" | "x", "j" | "i":
            return Atom(kind, int(value.value))
        case "f", "j":
            # q rounds to the nearest; the null stays one.
            return Atom("j", NULL if value.value != value.value else round(value.value))
        case "j" | "i", "f":
            return Atom("f", float(value.value))
    raise Unsupported(f"a cast from {value.kind} to {kind}")


def as_string(value: Value) -> Value:
    """Return `string`: of each item of a list."""
    match value:
        case Atom(kind, one):
            return string(written(kind, one))
        case Vector(kind, items):
            return Mixed(tuple(string(written(kind, one)) for one in items))
        case Mixed(items):
            return Mixed(tuple(as_string(one) for one in items))
    raise Unsupported(f"string of {value}")


def like(left: Value, right: Value) -> Value:
    """Return if a text fits a pattern with `*`, `?` and `[]`; of a list, for each."""
    if isinstance(left, Mixed) or (isinstance(left, Vector) and left.kind == "s"):
        found = [like(one, right) for one in elements(left)]
        return collect(found) if found else empty_of("b")
    return boolean(_pattern(text_of(right)).match(text_of(left)))


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(text), re.DOTALL)


def as_file(value: Value) -> Value:
    """Return `hsym`: the symbol of a file or an address."""
    if not isinstance(value, Atom) or value.kind != "s":
        raise QError("type")
    return value if value.value.startswith(":") else symbol(f":{value.value}")
