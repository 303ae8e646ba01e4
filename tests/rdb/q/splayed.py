"""Tables on disk, a file for each column, and the file `sym` that their symbols are enumerated against."""

from collections.abc import Sequence
from typing import Any, Protocol

from .errors import QError, Unsupported
from .files import Disk, Stored
from .lists import distinct, join, with_attribute
from .literals import literal
from .values import (
    Enumeration,
    Hole,
    Mixed,
    Table,
    Value,
    Vector,
    collect,
    count,
    elements,
    names_of,
    symbols,
    text_of,
)


class Process(Protocol):
    """What this needs of a process."""

    disk: Disk
    folder: str

    def step(self, what: str) -> None:
        """Note something that outlives the process."""

    def write(self, name: str, value: Value) -> None:
        """Set a global name."""

    def apply(self, function: Value, given: Sequence[Value | Hole]) -> Value:
        """Apply a value to arguments."""


def folder_of(path: str) -> str:
    """Return the folder of a splayed table's path, which ends with a slash."""
    return path.rstrip("/")


def columns_of(disk: Disk, path: str) -> dict[str, Value]:
    """Return what a splayed table has on disk. Raises QError where there is none."""
    folder = folder_of(path)
    return {name: disk.stored(f"{folder}/{name}") for name in names_of(disk.stored(f"{folder}/.d"))}


def create(process: Process, path: str, table: Value) -> None:
    """Write a table column by column. Raises QError for symbols that are not enumerated."""
    if not isinstance(table, Table):
        raise Unsupported("what is no table, splayed")
    folder = folder_of(path)
    for name, column in table.columns.items():
        _write_column(process, folder, name, column)
    _write(process, f"{folder}/.d", symbols(tuple(table.columns)))


def append(process: Process, path: str, table: Value) -> None:
    """Append rows, column by column; attributes go. Raises QError for columns that do not fit."""
    folder = folder_of(path)
    if f"{folder}/.d" not in process.disk.files:
        create(process, path, table)
        return
    old = columns_of(process.disk, path)
    if not isinstance(table, Table) or list(table.columns) != list(old):
        raise QError("mismatch")
    for name, column in table.columns.items():
        before = old[name]
        if type(before) is not type(column) or getattr(before, "kind", "") != getattr(column, "kind", ""):
            raise QError("type")
        joined = Mixed((*elements(before), *elements(column)))
        if isinstance(before, Vector) and isinstance(column, Vector):
            joined = type(before)(before.kind, before.items + column.items)  # type: ignore[assignment]
        _write_column(process, folder, name, joined)


def sort(process: Process, names: Value, path: str) -> None:
    """Sort a table on disk, stable; the first column gets the attribute of sorted ones."""
    columns = columns_of(process.disk, path)
    (first,) = names_of(names)
    keys = getattr(columns[first], "items", ())
    order = sorted(range(len(keys)), key=lambda at: keys[at])
    for name, column in columns.items():
        done = _picked(column, order)
        _write_column(process, folder_of(path), name, with_attribute("s", done) if name == first else done)


def amend(process: Process, path: str, column: Value, function: Value) -> None:
    """Change one column on disk."""
    (name,) = names_of(column)
    old = columns_of(process.disk, path)[name]
    _write_column(process, folder_of(path), name, process.apply(function, [old]))


def enumerated(process: Process, folder: Value, table: Value) -> Value:
    """Return `.Q.en`: symbols enumerated against the file sym of a folder, which gets those that it lacks."""
    if not isinstance(table, Table):
        raise QError("type")
    path = f"{text_of(folder).removeprefix(':')}/sym"
    known: Value = process.disk.stored(path) if path in process.disk.files else symbols(())
    plain = {name: one for name, one in table.columns.items() if _is_symbols(one)}
    domain = known
    for column in plain.values():
        domain = distinct(join(domain, Vector("s", column.items)))
    # A file that is not there is made also for no symbols at all.
    if path not in process.disk.files or count(domain) > count(known):
        _write(process, path, domain)
    process.write("sym", domain)
    done = {name: Enumeration("s", one.items) for name, one in plain.items()}
    return Table({**table.columns, **done})


def loaded(process: Process, folder: str) -> None:
    """Load a database: its partitions and its symbols. The folder is the current one from then on."""
    inside = names_of(process.disk.at(folder))
    process.folder = folder
    partitions = [one for one in inside if one[0].isdigit()]
    if "sym" in inside:
        process.write("sym", process.disk.stored(f"{folder}/sym"))
    for partition in partitions:
        for table in names_of(process.disk.at(f"{folder}/{partition}")):
            columns_of(process.disk, f"{folder}/{partition}/{table}")
    if partitions:
        process.write(".Q.pv", collect([literal([one]) for one in partitions]))


def _is_symbols(column: Value) -> bool:
    return isinstance(column, Vector) and column.kind == "s" and not isinstance(column, Enumeration)


def _picked(column: Value, order: Sequence[int]) -> Value:
    items = getattr(column, "items", ())
    if isinstance(column, Vector):
        return type(column)(column.kind, tuple(items[at] for at in order))
    return Mixed(tuple(items[at] for at in order))


def _write_column(process: Process, folder: str, name: str, column: Any) -> None:
    if _is_symbols(column):
        raise QError("type")
    _write(process, f"{folder}/{name}", column)


def _write(process: Process, path: str, value: Value) -> None:
    process.step(path)
    # q makes the folders that are not there.
    process.disk.make_folder(path.rpartition("/")[0])
    process.disk.write(path, Stored(value))
