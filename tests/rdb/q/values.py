"""q's values: immutable, as q's own are to whoever does not assign them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import QError, Unsupported

# Type numbers of vectors; an atom has the negative one.
KINDS = {"b": 1, "g": 2, "x": 4, "h": 5, "i": 6, "j": 7, "f": 9, "c": 10, "s": 11, "p": 12, "d": 14, "n": 16}
WHOLE = frozenset("hijpdn")
# The null of all whole numbers, the smallest as in q; that of floats is a NaN.
NULL, INFINITE = -(2**63), 2**63 - 1
NAN = float("nan")
NULLS: Mapping[str, Any] = {
    **dict.fromkeys(WHOLE, NULL), "b": False, "g": 0, "x": 0, "f": NAN, "c": " ", "s": "",
}  # fmt: skip


class Value:
    """Anything that q code can hold."""

    __slots__ = ()


# Not frozen, because that makes one three times as slow to create; nothing changes one.
@dataclass(slots=True, unsafe_hash=True)
class Atom(Value):
    """One scalar: whole numbers, times in nanoseconds or days since 2000, text, or a boolean."""

    kind: str
    value: Any


@dataclass(slots=True)
class Vector(Value):
    """A list of one kind; of characters the items are a `str`. Its attribute is no part of its value."""

    kind: str
    items: Any
    attribute: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and (self.kind, self.items) == (other.kind, other.items)

    def __hash__(self) -> int:
        return hash((self.kind, self.items))


class Enumeration(Vector):
    """Symbols that are enumerated against the file `sym`, as a column on disk must be."""

    __slots__ = ()


@dataclass(slots=True, unsafe_hash=True)
class Mixed(Value):
    """A general list."""

    items: tuple[Value, ...]


@dataclass(slots=True, unsafe_hash=True)
class Dictionary(Value):
    """Two lists of one length; with tables for both it is a keyed table."""

    keys: Value
    values: Value


@dataclass(slots=True)
class Table(Value):
    """Columns of one length by name."""

    columns: Mapping[str, "Vector | Mixed"]

    def __post_init__(self) -> None:
        if len({len(column.items) for column in self.columns.values()}) > 1:
            raise Unsupported(f"a ragged table of {', '.join(self.columns)}")


class Function(Value):
    """Anything that is only applied; `rank` is how many arguments it takes."""

    __slots__ = ("rank",)
    rank: int


class Hole:
    """The place of an argument that is not given."""


HOLE = Hole()
EMPTY = Mixed(())
TRUE, FALSE = Atom("b", True), Atom("b", False)


def boolean(value: object) -> Atom:
    """Make a boolean."""
    return TRUE if value else FALSE


def long(value: int) -> Atom:
    """Make a long."""
    return Atom("j", value)


def symbol(text: str) -> Atom:
    """Make a symbol."""
    return Atom("s", text)


def string(text: str) -> Vector:
    """Make a string, also of one character."""
    return Vector("c", text)


def symbols(names: Sequence[str]) -> Vector:
    """Make a list of symbols."""
    return Vector("s", tuple(names))


def vector(kind: str, items: Sequence[Any]) -> Vector:
    """Make a list of one kind."""
    return Vector(kind, "".join(items) if kind == "c" else tuple(items))


def collect(items: Sequence[Value]) -> Value:
    """Make the list of these: a vector if all are atoms of one kind, as q does."""
    if not items:
        return EMPTY
    first = items[0]
    if isinstance(first, Atom) and all(isinstance(one, Atom) and one.kind == first.kind for one in items):
        return vector(first.kind, [one.value for one in items if isinstance(one, Atom)])
    if isinstance(first, Dictionary) and all(isinstance(one, Dictionary) for one in items):
        raise Unsupported("a list of dictionaries, which q makes a table if it can")
    return Mixed(tuple(items))


def elements(value: Value) -> list[Value]:
    """Return the items of a list, the rows of a table, or the values of a dictionary."""
    match value:
        case Vector(kind, items):
            return [Atom(kind, one) for one in items]
        case Mixed(items):
            return list(items)
        case Dictionary(_, values):
            return elements(values)
        case Table(columns):
            names = symbols(tuple(columns))
            rows = zip(*(elements(column) for column in columns.values()), strict=True)
            return [Dictionary(names, collect(row)) for row in rows]
    raise Unsupported(f"the items of {value}")


def count(value: Value) -> int:
    """Return q's count: 1 for what is no list."""
    match value:
        case Vector(_, items) | Mixed(items):
            return len(items)
        case Dictionary(keys, _):
            return count(keys)
        case Table(columns):
            return len(next(iter(columns.values())).items)
    return 1


def type_number(value: Value) -> int:
    """Return q's type."""
    match value:
        case Enumeration():
            return 20
        case Atom(kind):
            return -KINDS[kind]
        case Vector(kind):
            return KINDS[kind]
        case Mixed():
            return 0
        case Table():
            return 98
        case Dictionary():
            return 99
    return 100


def is_null(kind: str, value: Any) -> bool:
    """Tell if an atom's value is the null of its kind."""
    return bool(value != value if kind == "f" else kind not in "bx" and value == NULLS[kind])


def text_of(value: Value) -> str:
    """Return the text of a string, a character or a symbol."""
    match value:
        case Vector("c", text) | Atom("s" | "c", text):
            return str(text)
        case Mixed(()):
            return ""
    raise QError("type")


def truth(value: Value) -> bool:
    """Return what a condition is; q takes any number, and here only booleans and whole numbers are meant."""
    match value:
        case Atom("b" | "i" | "j", number):
            return bool(number)
    raise QError("type")


def names_of(value: Value) -> list[str]:
    """Return the texts of one or more symbols."""
    match value:
        case Atom("s", text):
            return [text]
        case Vector("s", texts):
            return list(texts)
        case Mixed(()):
            return []
    raise QError("type")
