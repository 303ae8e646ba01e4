"""Items by place and by key."""

from collections.abc import Sequence

from .errors import QError, Unsupported
from .lists import join
from .values import (
    EMPTY,
    NULLS,
    Atom,
    Dictionary,
    Mixed,
    Table,
    Value,
    Vector,
    boolean,
    collect,
    count,
    elements,
    symbols,
    vector,
)


def null_like(value: Value) -> Value:
    """Return what an index outside gives: a null, or of lists an empty one like the first."""
    match value:
        case Vector(kind, _):
            return Atom(kind, NULLS[kind])
        case Mixed(()):
            return EMPTY
        case Mixed(items):
            first = items[0]
            if isinstance(first, Atom):
                return Atom(first.kind, NULLS[first.kind])
            return vector(first.kind, []) if isinstance(first, Vector) else EMPTY
    raise Unsupported(f"no item of {value}")


def item(value: Value, at: int) -> Value:
    """Return one item of a list, a null outside of it."""
    if isinstance(value, Table):
        columns = [item(column, at) for column in value.columns.values()]
        return Dictionary(symbols(tuple(value.columns)), collect(columns))
    if not 0 <= at < count(value):
        return null_like(value)
    match value:
        case Vector(kind, items):
            return Atom(kind, items[at])
        case Mixed(items):
            found: Value = items[at]
            return found
    raise QError("type")


def rows_at(table: Table, places: Sequence[int]) -> Table:
    """Return the rows of a table at some places."""
    columns: dict[str, Vector | Mixed] = {}
    for name, column in table.columns.items():
        found = [item(column, at) for at in places]
        columns[name] = (
            vector(column.kind, [getattr(one, "value", None) for one in found])
            if isinstance(column, Vector)
            else Mixed(tuple(found))
        )
    return Table(columns)


def first(value: Value) -> Value:
    """Return the first item; an atom is its own."""
    return value if isinstance(value, Atom) else item(_valued(value), 0)


def last(value: Value) -> Value:
    """Return the last item; an atom is its own."""
    return value if isinstance(value, Atom) else item(_valued(value), count(value) - 1)


def _valued(value: Value) -> Value:
    return value.values if isinstance(value, Dictionary) else value


def place(keys: Value, key: Value) -> int:
    """Return where a key stands first, or how many keys there are."""
    if isinstance(keys, Vector) and isinstance(key, Atom):
        if keys.kind != key.kind:
            raise QError("type")
        return keys.items.index(key.value) if key.value in keys.items else count(keys)
    found = elements(keys)
    return found.index(key) if key in found else len(found)


def with_item(dictionary: Dictionary, key: Value, value: Value) -> Dictionary:
    """Return a dictionary with one entry set."""
    at = place(dictionary.keys, key)
    values = elements(dictionary.values)
    if at == len(values):
        return Dictionary(join(dictionary.keys, collect([key])), collect([*values, value]))
    return Dictionary(dictionary.keys, collect([*values[:at], value, *values[at + 1 :]]))


def contains(left: Value, right: Value) -> Value:
    """Return `in`: for each item of the left side, if the right one has it; of lists, for the whole of it."""
    if isinstance(right, Mixed):
        if right.items and isinstance(right.items[0], Atom) != isinstance(left, Atom):
            raise Unsupported("in of an atom and lists, or a list and atoms")
        return boolean(left in right.items)
    if isinstance(left, Atom):
        if isinstance(right, Vector) and left.kind != right.kind and right.items:
            raise QError("type")
        return boolean(left.value in right.items if isinstance(right, Vector) else left == right)
    if isinstance(left, Vector) and isinstance(right, Vector) and left.kind == right.kind:
        return vector("b", [one in right.items for one in left.items])
    if isinstance(left, Vector):
        return collect([contains(one, right) for one in elements(left)]) if left.items else vector("b", [])
    raise Unsupported("in of these")
