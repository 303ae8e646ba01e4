"""Tables: rows inserted, and the queries `select`, `exec`, `update` and `delete`."""

from collections.abc import Sequence
from typing import Any

from .errors import QError, Unsupported
from .lists import as_list, join
from .lookup import item
from .tree import Frame, Query
from .values import (
    Atom,
    Dictionary,
    Mixed,
    Table,
    Value,
    Vector,
    collect,
    count,
    elements,
    symbols,
    vector,
)


def inserted(table: Value, rows: Value) -> tuple[Table, list[int]]:
    """Return the table with the rows, and their places. Raises QError for what does not fit."""
    if isinstance(table, Dictionary):
        raise Unsupported("insert into a keyed table")
    if not isinstance(table, Table):
        raise QError("type")
    given = _columns_of(rows, table)
    if len(given) != len(table.columns):
        raise QError("length")
    lengths = {count(column) for column in given}
    if len(lengths) > 1:
        raise QError("length")
    columns: dict[str, Any] = {}
    for (name, old), new in zip(table.columns.items(), given, strict=True):
        columns[name] = _appended(old, new)
    before = count(table)
    return Table(columns), list(range(before, before + lengths.pop()))


def _columns_of(rows: Value, table: Table) -> list[Value]:
    if isinstance(rows, Table):
        if list(rows.columns) != list(table.columns):
            raise QError("mismatch")
        return list(rows.columns.values())
    if isinstance(rows, Dictionary | Atom):
        raise Unsupported("insert of a dictionary or an atom")
    parts = elements(rows)
    atoms = [isinstance(one, Atom) or (isinstance(one, Vector) and one.kind == "c") for one in parts]
    if parts and all(atoms):
        return [collect([one]) for one in parts]
    if any(isinstance(one, Atom) for one in parts):
        raise Unsupported("an insert of atoms and lists, mixed")
    return parts


def _appended(old: Value, new: Value) -> Value:
    if isinstance(old, Vector):
        if isinstance(new, Vector) and new.kind == old.kind:
            return join(old, new)
        if not count(new):
            return old
        raise QError("type")
    return join(old, new)


def run_query(query: Query, frame: Frame) -> Value:
    """Evaluate a query; of a table given by name, `update` and `delete` change it."""
    source = query.source.run(frame)
    name = source.value if isinstance(source, Atom) and source.kind == "s" else ""
    table = frame.process.read(name) if name else source
    if not isinstance(table, Table):
        raise Unsupported(f"{query.word} from what is no table")
    outer = frame.columns
    try:
        kept = _filtered(query, table, frame)
        if query.word == "select":
            return _selected(query, table, kept, frame)
        if query.word == "exec":
            return _executed(query, table, kept, frame)
        changed = (
            _updated(query, table, kept, frame) if query.word == "update" else _deleted(query, table, kept)
        )
    finally:
        frame.columns = outer
    if not name:
        return changed
    frame.process.write(name, changed)
    return source


def _view(table: Table, places: Sequence[int]) -> dict[str, Value]:
    columns: dict[str, Value] = {name: picked(column, places) for name, column in table.columns.items()}
    columns["i"] = vector("j", places)
    return columns


def picked(column: Vector | Mixed, places: Sequence[int]) -> Vector | Mixed:
    """Return the items at these places: all of them keep the attribute."""
    if isinstance(column, Vector):
        if len(places) == len(column.items):
            return column
        return vector(column.kind, [column.items[at] for at in places])

    return Mixed(tuple(column.items[at] for at in places))


def _filtered(query: Query, table: Table, frame: Frame) -> list[int]:
    kept = list(range(count(table)))
    for condition in query.where:
        frame.columns = _view(table, kept)
        found = condition.run(frame)
        if isinstance(found, Atom) and found.kind == "b":
            kept = kept if found.value else []
            continue
        if not kept:
            continue
        if not isinstance(found, Vector) or found.kind != "b" or len(found.items) != len(kept):
            raise Unsupported("a condition that is not one boolean for each row")
        kept = [at for at, keep in zip(kept, found.items, strict=True) if keep]
    frame.columns = _view(table, kept)
    return kept


def _selected(query: Query, table: Table, kept: list[int], frame: Frame) -> Value:
    if query.by:
        raise Unsupported("select by")
    if not query.columns:
        return Table({name: picked(column, kept) for name, column in table.columns.items()})
    columns: dict[str, Any] = {}
    for name, node in query.columns:
        if not name:
            raise Unsupported("a column without a name")
        columns[name] = as_list(node.run(frame))
    return Table(columns)


def _executed(query: Query, table: Table, kept: list[int], frame: Frame) -> Value:
    if not query.columns and not query.by:
        return item(
            Table({name: picked(column, kept) for name, column in table.columns.items()}), len(kept) - 1
        )
    if len(query.columns) != 1:
        named = [(name, node.run(frame)) for name, node in query.columns]
        return Dictionary(symbols([name for name, _ in named]), collect([value for _, value in named]))
    node = query.columns[0][1]
    if not query.by:
        return node.run(frame)
    (_, group), *more = query.by
    if more:
        raise Unsupported("by several columns")
    groups: dict[Any, list[int]] = {}
    column = group.run(frame)
    for at, one in zip(kept, elements(column), strict=True):
        groups.setdefault(one, []).append(at)
    keys = sorted(groups, key=lambda atom: atom.value)
    values: list[Value] = []
    for key in keys:
        frame.columns = _view(table, groups[key])
        values.append(node.run(frame))
    empty = vector(column.kind, []) if isinstance(column, Vector) else collect([])
    return Dictionary(collect(keys) if keys else empty, collect(values))


def _updated(query: Query, table: Table, kept: list[int], frame: Frame) -> Table:
    columns: dict[str, Any] = dict(table.columns)
    for name, node in query.columns:
        value = node.run(frame)
        if name not in columns:
            raise Unsupported(f"update of the new column {name}")
        old = elements(columns[name])
        new = [value] * len(kept) if isinstance(value, Atom) else elements(value)
        for at, one in zip(kept, new, strict=True):
            old[at] = one
        changed = collect(old) if old else columns[name]
        if isinstance(columns[name], Vector) and getattr(changed, "kind", "") != columns[name].kind:
            raise QError("type")
        columns[name] = changed
    return Table(columns)


def _deleted(query: Query, table: Table, kept: list[int]) -> Table:
    if query.columns:
        raise Unsupported("delete of columns")
    if not query.where:
        kept = list(range(count(table)))
    gone = set(kept)
    left = [at for at in range(count(table)) if at not in gone]
    return Table({name: picked(column, left) for name, column in table.columns.items()})
