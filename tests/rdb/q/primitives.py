"""q's own names and operators, as far as the files use them; any other is Unsupported where it is read."""

from collections.abc import Callable, Mapping
from typing import Any

from . import aggregates, applying, atomic, casting, lists, lookup, serialized
from .applying import Derived, Primitive
from .errors import Exited, QError, Unsupported
from .values import (
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
    long,
    string,
    symbol,
    symbols,
    text_of,
    type_number,
)


def kind(value: Value) -> Value:
    """Return `type`."""
    return Atom("h", type_number(value))


def attribute(value: Value) -> Value:
    """Return `attr`."""
    return symbol(value.attribute if isinstance(value, Vector) else "")


def within(left: Value, right: Value) -> Value:
    """Return if a value is from the first to the last of two."""
    low, high = elements(right)
    least = atomic.dyadic(atomic.comparing(lambda one, other: one >= other))
    most = atomic.dyadic(atomic.comparing(lambda one, other: one <= other))
    return atomic.dyadic(atomic.choosing(False))(least(left, low), most(left, high))


def tables_of(process: Any, namespace: Value) -> Value:
    """Return `tables`, of the root alone."""
    if namespace != symbol("."):
        raise Unsupported("tables of what is not the root")
    found: Value = process.tables()
    return found


def bang(process: Any, left: Value, right: Value) -> Value:
    """Return `!`: a dictionary; or with a negative number one of q's internal functions."""
    if isinstance(left, Atom) and left.kind in "ij":
        if left.value == -22:
            return long(serialized.size(right))
        if left.value not in (-11, -30):
            raise Unsupported(f"{left.value}!")
        done: Value = process.play(right) if left.value == -11 else process.defer(right)
        return done
    keys, values = left, right
    if isinstance(keys, Atom) or isinstance(values, Atom) or count(keys) != count(values):
        raise QError("length" if not isinstance(keys, Atom) else "type")
    if isinstance(keys, Table) or isinstance(values, Table):
        raise Unsupported("a keyed table")
    return Dictionary(keys, values)


def matches(left: Value, right: Value) -> Value:
    """Return `~`; a list of nothing is the same as another one of its type."""
    return boolean(type_number(left) == type_number(right) and left == right)


def keys(process: Any, value: Value) -> Value:
    """Return `key`: of a dictionary, or what there is at a path."""
    if isinstance(value, Dictionary):
        return value.keys
    if isinstance(value, Atom) and value.kind == "s" and value.value.startswith(":"):
        found: Value = process.at_path(value.value)
        return found
    raise Unsupported("key of this")


def value(process: Any, given: Value) -> Value:
    """Return `value`: of a name, of a text, of a list that is an application, or a dictionary's values."""
    match given:
        case Atom("s", name):
            read: Value = process.read(name)
            return read
        case Vector("c", text):
            done: Value = process.evaluate(text)
            return done
        case Dictionary():
            return given.values
        case Mixed(items) if items:
            function = items[0]
            if isinstance(function, Vector) and function.kind == "c":
                function = symbol(function.items)
            return applying.apply(process, function, items[1:] or [process.identity])
        case Vector("s", items) if items:
            first, *rest = items
            return applying.apply(process, symbol(first), [symbol(one) for one in rest] or [process.identity])
    raise Unsupported(f"value of {given}")


def leave(given: Value) -> Value:
    """End the process."""
    raise Exited(getattr(given, "value", 1))


def enlist(*given: Value) -> Value:
    """Return the list of these."""
    return collect(list(given)) if not isinstance(given[0], Dictionary) else _one_row(given[0])


def _one_row(row: Dictionary) -> Value:
    columns = {name: collect([one]) for name, one in zip(row.keys.items, elements(row.values), strict=True)}  # type: ignore[attr-defined]
    return Table(columns)  # type: ignore[arg-type]


def _pure() -> dict[str, tuple[int, Callable[..., Value]]]:
    comparisons: Mapping[str, Callable[[Any, Any], bool]] = {
        "=": lambda one, other: one == other,
        "<>": lambda one, other: one != other,
        "<": lambda one, other: one < other,
        ">": lambda one, other: one > other,
        "<=": lambda one, other: one <= other,
        ">=": lambda one, other: one >= other,
    }
    larger, smaller = atomic.dyadic(atomic.choosing(True)), atomic.dyadic(atomic.choosing(False))
    dyads: dict[str, Callable[[Value, Value], Value]] = {
        sign: atomic.dyadic(atomic.comparing(compare), "b") for sign, compare in comparisons.items()
    }
    dyads |= {sign: atomic.dyadic(atomic.calculating(sign)) for sign in "+-*"}
    dyads |= {"|": larger, "or": larger, "&": smaller, "and": smaller, "%": atomic.dyadic(atomic.divide)}
    dyads |= {"^": atomic.dyadic(atomic.fill), "xexp": atomic.dyadic(atomic.power)}
    dyads |= {
        "xlog": atomic.dyadic(atomic.logarithm),
        "div": atomic.dyadic(atomic.whole(lambda a, b: a // b)),
    }
    dyads |= {"mod": atomic.dyadic(atomic.whole(lambda a, b: a % b)), ",": lists.join, "#": lists.take}
    dyads |= {"_": lists.drop, "$": casting.cast, "~": matches, "in": lookup.contains, "like": casting.like}
    dyads |= {"within": within, "except": lists.without, "inter": lists.common, "sublist": lists.sublist}
    dyads |= {"vs": lists.split, "sv": lists.joined}
    monads: dict[str, Callable[[Value], Value]] = {
        "not": atomic.monadic(atomic.negation), "neg": atomic.monadic(atomic.negative),
        "abs": atomic.monadic(atomic.magnitude), "ceiling": atomic.monadic(atomic.ceiling),
        "null": atomic.monadic(atomic.missing), "count": lists.counted, "first": lookup.first,
        "last": lookup.last, "sum": aggregates.total, "max": lambda one: aggregates.extreme(one, True),
        "min": lambda one: aggregates.extreme(one, False), "any": aggregates.some, "all": aggregates.every,
        "where": lists.where, "raze": lists.raze, "distinct": lists.distinct, "flip": lists.flip,
        "til": lists.til, "type": kind, "attr": attribute, "string": casting.as_string,
        "hsym": casting.as_file, "exit": leave, "::": lambda one: one,
    }  # fmt: skip
    return {name: (2, function) for name, function in dyads.items()} | {
        name: (1, function) for name, function in monads.items()
    }


def _needing() -> dict[str, tuple[int, int, Callable[..., Value]]]:
    def iterator(sign: str) -> Callable[..., Value]:
        return lambda _process, of: Derived(sign, of)

    found: dict[str, tuple[int, int, Callable[..., Value]]] = {
        f"iterator {sign}": (1, 1, iterator(sign)) for sign in ("/:", "\\:", "'", "/", "\\", "':")
    }
    found |= {
        "@": (2, 4, applying.at_apply),
        ".": (2, 4, applying.dot_apply),
        "!": (2, 2, bang),
        "each": (2, 2, applying.each),
        "value": (1, 1, value),
        "get": (1, 1, lambda process, name: process.get(name)),
        "key": (1, 1, keys),
        "set": (2, 2, lambda process, name, one: process.set(name, one)),
        "upsert": (2, 2, lambda process, name, rows: process.upsert(name, rows)),
        "xasc": (2, 2, lambda process, names, table: process.sort(names, table)),
        "hdel": (1, 1, lambda process, file: process.delete_file(file)),
        "insert": (2, 2, lambda process, name, rows: process.insert(name, rows)),
        "cols": (1, 1, lambda process, name: symbols(list(process.read(text_of(name)).columns))),
        "tables": (1, 1, tables_of),
        "system": (1, 1, lambda process, command: process.system(text_of(command))),
        "getenv": (1, 1, lambda process, name: string(process.environment.get(text_of(name), ""))),
        "hopen": (1, 1, lambda process, where: process.open(where)),
        "hclose": (1, 1, lambda process, handle: process.close(handle)),
        "hcount": (1, 1, lambda process, file: process.size(file)),
        "read0": (1, 1, lambda process, file: process.read_lines(file)),
        "read1": (1, 1, lambda process, handle: process.read_bytes(handle)),
        "0:": (2, 2, lambda process, file, lines: process.write_lines(file, lines)),
        "rand": (1, 1, lambda process, most: process.random(most)),
    }
    return found


def primitives() -> Mapping[str, Value]:
    """Return all by name; "iterator /:" and its like make a derived function."""
    table: dict[str, Value] = {
        name: Primitive(name, rank, function, rank, False) for name, (rank, function) in _pure().items()
    }
    table |= {
        name: Primitive(name, rank, function, most, True)
        for name, (rank, most, function) in _needing().items()
    }
    table["enlist"] = Primitive("enlist", 1, enlist, 8, False)
    return table


PRIMITIVES = primitives()
