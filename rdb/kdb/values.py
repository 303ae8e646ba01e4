"""Decodes q's serialization into Python values."""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from .errors import BadMessage, QError, UnsupportedType

MOST_NESTED = 32
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

# q's numbers of its types.
MIXED, BYTE, CHAR, SYMBOL = 0, 4, 10, 11
TABLE, DICTIONARY, GENERIC_NULL, SORTED, ERROR = 98, 99, 101, 127, -128


@dataclass(frozen=True)
class Table:
    """Columns by name, all of one length."""

    columns: Mapping[str, list[object]]


@dataclass(frozen=True)
class KeyedTable:
    """Two tables of one length: row by row, the key and its value."""

    keys: Table
    values: Table


def decode(payload: bytes, order: str) -> object:
    r"""Decode a message without its header; `order` is struct's sign of its byte order, < or >.

    Nulls and :: become None, infinities of every type float infinities. The null symbol and character stay
    text, "" and " ". Text is UTF-8; any other byte is shown as \xNN. A byte vector becomes bytes and a
    character vector text, but in a dictionary or a table each vector becomes the list of its items.
    Timestamps, months, dates and datetimes are taken as UTC; the four kinds of times become timedeltas; both
    are cut to microseconds. Raises BadMessage, UnsupportedType, QError.
    """
    reader = _Reader(payload, order)
    if payload[:1] == struct.pack("b", ERROR):
        reader.at = 1
        error = QError(reader.symbol())
        reader.finish()
        raise error
    value = reader.value(MOST_NESTED)
    reader.finish()
    return value


class _Kind(NamedTuple):
    """A type of fixed width: its name, its struct format, and the conversion of one item."""

    name: str
    format: str
    meaning: Callable[[Any], object]


class _Reader:
    """Reads from `at` on; never past the end, never deeper than `levels`."""

    def __init__(self, payload: bytes, order: str) -> None:
        self.at = 0
        self._payload = payload
        self._order = order

    def finish(self) -> None:
        if self.at != len(self._payload):
            raise BadMessage(f"q sent {len(self._payload) - self.at} bytes after the end of its answer")

    def value(self, levels: int) -> object:
        if levels == 0:
            raise BadMessage(f"q sent values nested more than {MOST_NESTED} deep")
        number = self._number("b")
        if number == BYTE:
            return self._take(self._count())
        if number == CHAR:
            return _text(self._take(self._count()))
        if MIXED <= number < 20:
            return self._list(number, levels)
        if -20 < number < 0:
            return self.symbol() if number == -SYMBOL else self._fixed(-number, 1)[0]
        if number in (DICTIONARY, SORTED):
            return self._dictionary(levels)
        if number == TABLE:
            return self._table(levels)
        if number == GENERIC_NULL and self._take(1) == b"\0":
            return None
        raise _unreadable(number)

    def symbol(self) -> str:
        end = self._payload.find(b"\0", self.at)
        if end < 0:
            raise BadMessage("q sent a symbol without an end")
        text = _text(self._payload[self.at : end])
        self.at = end + 1
        return text

    def _list(self, number: int, levels: int) -> list[object]:
        count = self._count()
        if number == MIXED:
            return [self.value(levels - 1) for _ in range(count)]
        if number == SYMBOL:
            return [self.symbol() for _ in range(count)]
        return self._fixed(number, count)

    def _items(self, levels: int) -> list[object]:
        number = self._number("b")
        if MIXED <= number < 20:
            return self._list(number, levels - 1)
        raise _unreadable(number)

    def _dictionary(self, levels: int) -> object:
        if self._payload[self.at : self.at + 1] == bytes([TABLE]):
            return self._keyed_table(levels)
        keys, values = self._items(levels), self._items(levels)
        if len(keys) != len(values):
            raise BadMessage(f"q sent a dictionary of {len(keys)} keys and {len(values)} values")
        try:
            dictionary = dict(zip(keys, values, strict=True))
        except TypeError as error:
            raise UnsupportedType("dictionary with lists as keys") from error
        if len(dictionary) != len(keys):
            raise UnsupportedType("dictionary with the same key twice")
        return dictionary

    def _keyed_table(self, levels: int) -> KeyedTable:
        keys, values = self.value(levels - 1), self.value(levels - 1)
        if not isinstance(keys, Table) or not isinstance(values, Table):
            raise UnsupportedType("dictionary with a table as keys")
        if _rows(keys) != _rows(values):
            raise BadMessage(f"q sent a keyed table of {_rows(keys)} keys and {_rows(values)} rows")
        return KeyedTable(keys, values)

    def _table(self, levels: int) -> Table:
        self._take(1)
        if self._take(1) != bytes([DICTIONARY]) or self._number("b") != SYMBOL:
            raise BadMessage("q sent a table without names of columns")
        names = self._list(SYMBOL, levels)
        if self._number("b") != MIXED or self._count() != len(names):
            raise BadMessage("q sent a table whose columns do not fit its names")
        columns = {str(name): self._items(levels) for name in names}
        if len(columns) != len(names):
            raise UnsupportedType("table with the same column twice")
        if len({len(column) for column in columns.values()}) > 1:
            raise BadMessage("q sent a table with columns of different lengths")
        return Table(columns)

    def _fixed(self, number: int, count: int) -> list[object]:
        if (kind := _KINDS.get(number)) is None:
            raise BadMessage(f"q sent a value of type {number}, which there is not")
        layout = struct.Struct(self._order + kind.format)
        raw = self._take(count * layout.size)
        try:
            return [kind.meaning(item) for (item,) in layout.iter_unpack(raw)]
        except (OverflowError, ValueError) as error:
            raise BadMessage(f"q sent a {kind.name} out of range") from error

    def _count(self) -> int:
        self._take(1)
        count = self._number("i")
        # Each item takes a byte at least: so no number that came allocates more than came.
        if not 0 <= count <= len(self._payload) - self.at:
            raise BadMessage(f"q sent a list of {count} items in {len(self._payload) - self.at} bytes")
        return count

    def _number(self, code: str) -> int:
        number: int = struct.unpack(self._order + code, self._take(struct.calcsize(self._order + code)))[0]
        return number

    def _take(self, size: int) -> bytes:
        taken = self._payload[self.at : self.at + size]
        if len(taken) < size:
            raise BadMessage(f"q sent a value cut off at byte {len(self._payload)}")
        self.at += size
        return taken


def _unreadable(number: int) -> BadMessage | UnsupportedType:
    if 20 <= abs(number) <= 76:
        return UnsupportedType("enumeration")
    if 77 <= number <= 97:
        return UnsupportedType("mapped list")
    name = _FUNCTIONS.get(number)
    return UnsupportedType(name) if name else BadMessage(f"q sent a value of type {number} out of its place")


def _rows(table: Table) -> int:
    return len(next(iter(table.columns.values()), []))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _boolean(raw: int) -> bool:
    if raw > 1:
        raise ValueError
    return raw == 1


def _whole(bits: int, meaning: Callable[[int], object] = int) -> Callable[[int], object]:
    least = -(2 ** (bits - 1))
    special = MappingProxyType({least: None, least + 1: -math.inf, -least - 1: math.inf})
    return lambda raw: special[raw] if raw in special else meaning(raw)


def _fraction(meaning: Callable[[float], object] = float) -> Callable[[float], object]:
    return lambda raw: None if math.isnan(raw) else raw if math.isinf(raw) else meaning(raw)


def _month(raw: int) -> date:
    years, months = divmod(raw, 12)
    return date(EPOCH.year + years, months + 1, 1)


_FUNCTIONS = {
    TABLE: "table where a list belongs",
    DICTIONARY: "dictionary where a list belongs",
    100: "lambda",
    101: "unary primitive",
    102: "operator",
    103: "iterator",
    104: "projection",
    105: "composition",
    **dict.fromkeys(range(106, 112), "derived function"),
    112: "foreign object",
}
_KINDS = {
    1: _Kind("boolean", "B", _boolean),
    2: _Kind("guid", "16s", lambda raw: UUID(bytes=raw) if any(raw) else None),
    BYTE: _Kind("byte", "B", int),
    5: _Kind("short", "h", _whole(16)),
    6: _Kind("int", "i", _whole(32)),
    7: _Kind("long", "q", _whole(64)),
    8: _Kind("real", "f", _fraction()),
    9: _Kind("float", "d", _fraction()),
    CHAR: _Kind("char", "c", _text),
    12: _Kind("timestamp", "q", _whole(64, lambda raw: EPOCH + timedelta(microseconds=raw // 1000))),
    13: _Kind("month", "i", _whole(32, _month)),
    14: _Kind("date", "i", _whole(32, lambda raw: EPOCH.date() + raw * DAY)),
    15: _Kind("datetime", "d", _fraction(lambda raw: EPOCH + raw * DAY)),
    16: _Kind("timespan", "q", _whole(64, lambda raw: timedelta(microseconds=raw // 1000))),
    17: _Kind("minute", "i", _whole(32, lambda raw: timedelta(minutes=raw))),
    18: _Kind("second", "i", _whole(32, lambda raw: timedelta(seconds=raw))),
    19: _Kind("time", "i", _whole(32, lambda raw: timedelta(milliseconds=raw))),
}
