"""Application: of functions, lists, dictionaries and handles; projections, iterators, traps, amendments."""

from collections.abc import Callable, Sequence
from typing import Any

from .errors import QError, Unsupported
from .lookup import item, null_like, place, rows_at, with_item
from .tree import Lambda
from .values import (
    EMPTY,
    HOLE,
    Atom,
    Dictionary,
    Function,
    Hole,
    Mixed,
    Table,
    Value,
    Vector,
    collect,
    count,
    elements,
    names_of,
    string,
    vector,
)

Given = Sequence[Value | Hole]


class Primitive(Function):
    """A function of q's own. `process` is given to it as the first argument if it `needs` that."""

    __slots__ = ("function", "most", "name", "needs")

    def __init__(self, name: str, rank: int, function: Callable[..., Value], most: int, needs: bool) -> None:
        self.name, self.rank, self.function, self.most, self.needs = name, rank, function, most, needs

    def call(self, process: Any, arguments: list[Value]) -> Value:
        """Evaluate it."""
        return self.function(process, *arguments) if self.needs else self.function(*arguments)


class Projection(Function):
    """A function with some of its arguments."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Function, arguments: Given) -> None:
        self.function, self.arguments = function, tuple(arguments)
        self.rank = sum(one is HOLE for one in arguments)


class Derived(Function):
    """A function with an iterator."""

    __slots__ = ("iterator", "of")

    def __init__(self, iterator: str, of: Value) -> None:
        self.iterator, self.of = iterator, of
        self.rank = 1 if iterator in "'/\\" else 2


def apply(process: Any, function: Value, given: Given) -> Value:
    """Return what a value gives for arguments. Raises QError."""
    if isinstance(function, Lambda | Primitive):
        return _called(process, function, given)
    if isinstance(function, Projection):
        rest = list(given)
        filled = [rest.pop(0) if one is HOLE and rest else one for one in function.arguments]
        return apply(process, function.function, [*filled, *rest])
    if isinstance(function, Derived):
        return iterated(process, function.iterator, function.of, _whole(given))
    if isinstance(function, Atom):
        if function.kind in "ij" and len(given) == 1:
            sent: Value = process.to_handle(function.value, _whole(given)[0])
            return sent
        if function.kind == "s":
            return apply(process, process.read(function.value), given)
        raise QError("type")
    return indexed(function, list(given))


def _called(process: Any, function: Lambda | Primitive, given: Given) -> Value:
    most = function.most if isinstance(function, Primitive) else function.rank
    if len(given) > most:
        raise QError("rank")
    arguments: list[Any] = [one for one in given if one is not HOLE]
    if len(arguments) == len(given) >= function.rank:
        return function.call(process, arguments)
    missing = [HOLE] * (function.rank - len(given))
    return Projection(function, [*given, *missing])


def _whole(given: Given) -> list[Value]:
    arguments = [one for one in given if not isinstance(one, Hole)]
    if len(arguments) < len(given):
        raise Unsupported("an iterator or a handle with an argument left out")
    return arguments


def indexed(value: Value, index: Given) -> Value:
    """Return the items at an index; of several, at one after the other."""
    if not index:
        return value
    at, *deeper = index
    if isinstance(at, Hole):
        raise Unsupported("an index that is left out")
    found = at_index(value, at)
    return indexed(found, deeper)


def at_index(value: Value, at: Value) -> Value:
    """Return the item at an atom, or the items at a list of them."""
    if isinstance(value, Dictionary):
        return _looked_up(value, at)
    if isinstance(value, Table) and isinstance(at, Atom | Vector) and at.kind == "s":
        columns = [_column(value, name) for name in names_of(at)]
        return columns[0] if isinstance(at, Atom) else Mixed(tuple(columns))
    if not isinstance(value, Vector | Mixed | Table):
        raise Unsupported(f"an index of {value}")
    match at:
        case Atom("i" | "j", place_):
            return item(value, place_)
        case Vector("i" | "j", places) if isinstance(value, Vector):
            return vector(value.kind, [item(value, one).value for one in places])  # type: ignore[attr-defined]
        case Vector("i" | "j", places) if isinstance(value, Table):
            return rows_at(value, places)
        case Vector("i" | "j", places):
            return collect([item(value, one) for one in places])
        case Mixed(()):
            return EMPTY
    raise QError("type")


def _column(table: Table, name: str) -> Value:
    if name not in table.columns:
        raise QError(name)
    return table.columns[name]


def _looked_up(dictionary: Dictionary, key: Value) -> Value:
    if isinstance(key, Vector) and not (isinstance(dictionary.keys, Mixed)):
        return collect([_looked_up(dictionary, one) for one in elements(key)])
    at = place(dictionary.keys, key)
    return item(dictionary.values, at) if at < count(dictionary.keys) else null_like(dictionary.values)


def iterated(process: Any, iterator: str, of: Value, arguments: list[Value]) -> Value:
    """Apply a function by an iterator."""
    match iterator, arguments:
        case "'", [only]:
            return each(process, of, only)
        case "'", several:
            return _together(process, of, several)
        case "/:", [left, right]:
            return collect([apply(process, of, [left, one]) for one in elements(right)])
        case "\\:", [left, right]:
            return collect([apply(process, of, [one, right]) for one in elements(left)])
        case "/", [only]:
            first, *rest = elements(only)
            return _over(process, of, first, [[one] for one in rest])
        case "/", [start, *lists]:
            rows = zip(*(elements(one) for one in lists), strict=True)
            return _over(process, of, start, [list(row) for row in rows])
    raise Unsupported(f"the iterator {iterator} with {len(arguments)} arguments")


def _over(process: Any, of: Value, start: Value, rows: list[list[Value]]) -> Value:
    result = start
    for row in rows:
        result = apply(process, of, [result, *row])
    return result


def each(process: Any, function: Value, value: Value) -> Value:
    """Apply a function to each item, row or value."""
    if isinstance(value, Dictionary):
        return Dictionary(value.keys, each(process, function, value.values))
    if isinstance(value, Atom):
        return apply(process, function, [value])
    return collect([apply(process, function, [one]) for one in elements(value)])


def _together(process: Any, of: Value, lists: list[Value]) -> Value:
    """Apply to the items at the same places; an atom goes with each."""
    spread = [one for one in lists if isinstance(one, Vector | Mixed)]
    if any(isinstance(one, Dictionary | Table) for one in lists):
        raise Unsupported("' with a dictionary or a table among several arguments")
    if not spread:
        return apply(process, of, lists)
    lengths = {count(one) for one in spread}
    if len(lengths) > 1:
        raise QError("length")
    (length,) = lengths
    columns = [elements(one) if isinstance(one, Vector | Mixed) else [one] * length for one in lists]
    return collect([apply(process, of, list(row)) for row in zip(*columns, strict=True)])


def at_apply(process: Any, function: Value, argument: Value, *more: Value) -> Value:
    """Return `@`: apply to one argument; trap its errors; or amend at an index."""
    if not more:
        return apply(process, function, [argument])
    if isinstance(function, Atom) and function.kind == "s":
        changed: Value = process.amend_file(function, argument, *more)
        return changed
    if isinstance(function, Function | Atom) and len(more) == 1:
        return trapped(process, function, [argument], more[0])
    return amended(process, function, [argument], *more)


def dot_apply(process: Any, function: Value, arguments: Value, *more: Value) -> Value:
    """Return `.`: apply to a list of arguments, or trap the errors of that."""
    given = elements(arguments)
    if not more:
        return apply(process, function, given)
    if isinstance(function, Function | Atom) and len(more) == 1:
        return trapped(process, function, given, more[0])
    raise Unsupported(". that amends")


def trapped(process: Any, function: Value, arguments: list[Value], handler: Value) -> Value:
    """Apply, and on an error of q give the handler its text; a handler that is no function is the result."""
    try:
        return apply(process, function, arguments)
    except QError as error:
        if isinstance(handler, Function):
            return apply(process, handler, [string(str(error))])
        return handler


def amended(process: Any, old: Value, index: list[Value], operator: Value | None, *value: Value) -> Value:
    """Return a list, dictionary or table with what is at an index changed."""
    (at,) = index if len(index) == 1 else _deep(index)
    if operator is None:
        (new,) = value
    elif value:
        new = apply(process, operator, [at_index(old, at), *value])
    else:
        new = apply(process, operator, [at_index(old, at)])
    match old:
        case Dictionary():
            return with_item(old, at, new)
        case Table(columns):
            (name,) = names_of(at)
            return Table({**columns, name: new})  # type: ignore[dict-item]
        case Vector() | Mixed():
            if not (isinstance(at, Atom) and at.kind in "ij" and 0 <= at.value < count(old)):
                raise QError("index")
            items = elements(old)
            items[at.value] = new
            return collect(items)
    raise Unsupported("an amendment of this")


def _deep(_index: list[Value]) -> list[Value]:
    raise Unsupported("an amendment at depth")
