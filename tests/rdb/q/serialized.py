"""The bytes of a value as a message of kdb+ IPC: what `-22!` says, by KX's description of the format."""

from collections.abc import Mapping

from .errors import Unsupported
from .values import Atom, Dictionary, Mixed, Table, Value, Vector, symbols

HEADER = 8
# Of one item, but for symbols, which are as long as they are, with a zero at their end.
WIDTHS: Mapping[str, int] = {"b": 1, "x": 1, "h": 2, "i": 4, "j": 8, "f": 8, "c": 1, "p": 8, "d": 4, "n": 8}


def size(value: Value) -> int:
    """Return the bytes of a whole message."""
    return HEADER + _size(value)


def _size(value: Value) -> int:
    match value:
        case Atom(kind, one):
            return 1 + _width(kind, one)
        case Vector(kind, items):
            # Type, attribute and length come first.
            return 6 + sum(_width(kind, one) for one in items)
        case Mixed(items):
            return 6 + sum(map(_size, items))
        case Dictionary(keys, values):
            return 1 + _size(keys) + _size(values)
        case Table(columns):
            # Type and attribute, and then the dictionary of its columns.
            return 2 + 1 + _size(symbols(tuple(columns))) + 6 + sum(map(_size, columns.values()))
    raise Unsupported(f"-22! of {value}")


def _width(kind: str, one: object) -> int:
    return len(str(one).encode()) + 1 if kind == "s" else WIDTHS[kind]
