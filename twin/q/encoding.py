"""Python values as q serializes them, and the messages that q sends: what the player of q needs."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rdb.kdb.messages import HEADER_BYTES, Kind
from rdb.kdb.values import CHAR, DICTIONARY, EPOCH, ERROR, GENERIC_NULL, MIXED, SYMBOL

LONG_NULL = -(2**63)


class Nothing:
    """q's generic null, ::, which a function without a result returns."""


def response(value: object) -> bytes:
    """Return the answer to a synchronous question."""
    return message(Kind.RESPONSE, encode(value))


def failure(text: str) -> bytes:
    """Return the answer when the evaluation raised an error."""
    return message(Kind.RESPONSE, struct.pack("b", ERROR) + _symbol(text))


def message(kind: Kind, payload: bytes) -> bytes:
    """Put the header before a payload."""
    return struct.pack("<BBHI", 1, kind, 0, HEADER_BYTES + len(payload)) + payload


def encode(value: object) -> bytes:
    """Serialize a value; raises TypeError for a type that is not listed here.

    A str becomes a symbol, bytes a character vector, int a long, None the null long, a datetime a timestamp,
    a mapping a dictionary of symbols, a list a mixed list.
    """
    match value:
        case Nothing():
            return bytes([GENERIC_NULL, 0])
        case None:
            return struct.pack("<bq", -7, LONG_NULL)
        case bool():
            return struct.pack("<bB", -1, value)
        case int():
            return struct.pack("<bq", -7, value)
        case str():
            return struct.pack("b", -SYMBOL) + _symbol(value)
        case bytes():
            return _head(CHAR, len(value)) + value
        case datetime():
            microseconds = (value.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
            return struct.pack("<bq", -12, 1000 * microseconds)
        case Mapping():
            keys = _head(SYMBOL, len(value)) + b"".join(map(_symbol, value))
            return bytes([DICTIONARY]) + keys + encode(list(value.values()))
        case list():
            return _head(MIXED, len(value)) + b"".join(map(encode, value))
    raise TypeError(f"the player of q does not send a {type(value).__name__}")


def _head(number: int, count: int) -> bytes:
    return struct.pack("<bBi", number, 0, count)


def _symbol(text: str) -> bytes:
    return text.encode() + b"\0"
