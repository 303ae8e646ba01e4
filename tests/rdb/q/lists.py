"""What q does with lists: joins, takes, drops, looks up, counts."""

from dataclasses import replace
from itertools import groupby
from typing import Any

from .errors import QError, Unsupported
from .values import (
    EMPTY,
    KINDS,
    Atom,
    Dictionary,
    Mixed,
    Table,
    Value,
    Vector,
    collect,
    count,
    elements,
    long,
    names_of,
    string,
    symbols,
    text_of,
    vector,
)


def as_list(value: Value) -> Value:
    """Return a list as it is, and anything else as a list of one."""
    return value if isinstance(value, Vector | Mixed) else collect([value])


def join(left: Value, right: Value) -> Value:
    """Return `,` of lists and atoms."""
    if isinstance(left, Table) and isinstance(right, Table):
        if list(left.columns) != list(right.columns):
            raise QError("mismatch")
        joined_columns: dict[str, Any] = {
            name: join(column, right.columns[name]) for name, column in left.columns.items()
        }
        return Table(joined_columns)
    if isinstance(left, Table | Dictionary) or isinstance(right, Table | Dictionary):
        raise Unsupported("a table or a dictionary joined")
    one, other = as_list(left), as_list(right)
    if isinstance(one, Vector) and isinstance(other, Vector) and one.kind == other.kind:
        return Vector(one.kind, one.items + other.items, one.attribute if one.attribute == "g" else "")
    if not count(one):
        return other
    if not count(other):
        return one
    return collect([*elements(one), *elements(other)])


def take(left: Value, right: Value) -> Value:
    """Return `#`: an attribute is set, or the first (from the end: the last) are taken, over and over."""
    if isinstance(left, Atom) and left.kind == "s":
        return with_attribute(left.value, right)
    if not (isinstance(left, Atom) and left.kind in "ij"):
        raise Unsupported("# of what is neither a number nor an attribute")
    if isinstance(right, Table):
        return Table({name: take(left, column) for name, column in right.columns.items()})  # type: ignore[misc]
    number = left.value
    if number == 0:
        return vector(right.kind, []) if isinstance(right, Vector | Atom) else EMPTY
    items = elements(as_list(right))
    if not items:
        raise Unsupported("# of an empty list")
    if number < 0:
        if -number > len(items):
            raise Unsupported("# of more from the end than there are")
        return collect(items[number:])
    return collect([items[at % len(items)] for at in range(number)])


def with_attribute(attribute: str, value: Value) -> Value:
    """Return a vector with an attribute, which must be true of it."""
    if isinstance(value, Mixed) and not attribute:
        return value
    if not isinstance(value, Vector):
        raise QError("type")
    if attribute == "s" and list(value.items) != sorted(value.items):
        raise QError("s-fail")
    if attribute == "u" and len(set(value.items)) < len(value.items):
        raise QError("u-fail")
    if attribute == "p" and len(list(groupby(value.items))) > len(set(value.items)):
        raise QError("u-fail")
    if attribute not in ("", "s", "u", "g", "p"):
        raise Unsupported(f"the attribute {attribute}")
    return replace(value, attribute=attribute)


def drop(left: Value, right: Value) -> Value:
    """Return `_`: without the first, or from the end; of a table these are rows."""
    if not (isinstance(left, Atom) and left.kind in "ij"):
        raise Unsupported("_ of what is no number")
    if isinstance(right, Table):
        return Table({name: _dropped(left.value, column) for name, column in right.columns.items()})
    return _dropped(left.value, right)


def _dropped(number: int, value: Value) -> Vector | Mixed:
    match value:
        case Vector(kind, items):
            return Vector(kind, _cut(number, items))
        case Mixed(items):
            return Mixed(_cut(number, items))
    raise QError("type")


def _cut(number: int, items: Any) -> Any:
    if number < -(2**62):
        raise Unsupported("a null number of items dropped")
    return items[number:] if number >= 0 else items[:number]


def sublist(left: Value, right: Value) -> Value:
    """Return at most that many from the start."""
    if not (isinstance(left, Atom) and left.kind == "j" and left.value >= 0):
        raise Unsupported("sublist of what is no count")
    match right:
        case Vector(kind, items):
            return Vector(kind, items[: left.value])
        case Mixed(items):
            return Mixed(items[: left.value])
    raise Unsupported("sublist of what is no list")


def without(left: Value, right: Value) -> Value:
    """Return `except`."""
    gone = elements(as_list(right))
    return _kept(left, [one not in gone for one in elements(left)])


def common(left: Value, right: Value) -> Value:
    """Return `inter`, in the order of the left side."""
    others = elements(as_list(right))
    return _kept(left, [one in others for one in elements(left)])


def _kept(value: Value, keeps: list[bool]) -> Value:
    kept = [one for one, keep in zip(elements(value), keeps, strict=True) if keep]
    return collect(kept) if kept else (vector(value.kind, []) if isinstance(value, Vector) else EMPTY)


def where(value: Value) -> Value:
    """Return the places of what is true."""
    match value:
        case Vector("b", items):
            return vector("j", [at for at, one in enumerate(items) if one])
        case Mixed(()):
            return vector("j", [])
    raise Unsupported("where of what is no list of booleans")


def raze(value: Value) -> Value:
    """Return the items of all items."""
    items = elements(value)
    start, rest = (items[0], items[1:]) if items and isinstance(items[0], Table) else (EMPTY, items)
    result: Value = start
    for one in rest:
        result = join(result, one)
    return result


def distinct(value: Value) -> Value:
    """Return each item once."""
    if isinstance(value, Vector):
        return vector(value.kind, list(dict.fromkeys(value.items)))
    found: list[Value] = []
    for one in elements(value):
        if one not in found:
            found.append(one)
    return collect(found) if found else value


def flip(value: Value) -> Value:
    """Return a table as a dictionary of columns, such a one as a table, or lists turned."""
    match value:
        case Table(columns):
            return Dictionary(symbols(tuple(columns)), Mixed(tuple(columns.values())))
        case Dictionary(keys, values):
            pairs = zip(names_of(keys), elements(values), strict=True)
            return Table({name: column for name, column in pairs if isinstance(column, Vector | Mixed)})
        case Mixed(items) if items:
            lists = [elements(as_list(one)) for one in items]
            if len({len(one) for one in lists}) > 1:
                raise QError("length")
            return collect([collect(row) for row in zip(*lists, strict=True)])
    raise QError("type")


def til(value: Value) -> Value:
    """Return the numbers from 0."""
    if not (isinstance(value, Atom) and value.kind == "j" and value.value >= 0):
        raise QError("type")
    return vector("j", range(value.value))


def split(left: Value, right: Value) -> Value:
    """Return `vs`: of a text the parts between the separators; of an int, with 0x0, its bytes."""
    if left == Atom("x", 0) and isinstance(right, Atom) and right.kind == "i":
        return vector("x", list((right.value & 0xFFFFFFFF).to_bytes(4, "big")))
    separator, text = text_of(left), text_of(right)
    return Mixed(tuple(string(part) for part in text.split(separator)))


def joined(left: Value, right: Value) -> Value:
    """Return `sv` of texts: they with the separator between them."""
    return string(text_of(left).join(text_of(part) for part in elements(right)))


def empty_of(kind: str) -> Vector:
    """Return the empty list of a kind. Raises QError for what names none."""
    if kind not in KINDS:
        raise QError("type")
    return vector(kind, [])


def counted(value: Value) -> Value:
    """Return `count`."""
    return long(count(value))
