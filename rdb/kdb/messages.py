"""The messages of kdb+ IPC: a header of eight bytes, then one value, which may be compressed."""

import struct
from enum import IntEnum
from typing import NamedTuple

from .errors import BadMessage
from .values import CHAR

HEADER_BYTES = 8


class Kind(IntEnum):
    """The purpose of a message."""

    ASYNC = 0
    SYNC = 1
    RESPONSE = 2


class Header(NamedTuple):
    """`order` is struct's sign of the byte order; `size` counts the bytes after the header."""

    order: str
    kind: Kind
    compressed: bool
    size: int


def query(expression: str) -> bytes:
    """Make a message that asks q to evaluate `expression` and to answer."""
    text = expression.encode()
    return struct.pack("<BBHIbBI", 1, Kind.SYNC, 0, HEADER_BYTES + 6 + len(text), CHAR, 0, len(text)) + text


def parse_header(raw: bytes, limit: int) -> Header:
    """Read the eight bytes that start a message. Raises BadMessage, also above `limit` bytes."""
    endianness, kind, compressed, reserved = raw[:4]
    if endianness > 1 or kind > Kind.RESPONSE or compressed > 1 or reserved:
        raise BadMessage(f"what came is no message of q: it starts with {preview(raw)}")
    order = "<" if endianness else ">"
    size = struct.unpack_from(order + "I", raw, 4)[0]
    _check_size(size, limit)
    return Header(order, Kind(kind), bool(compressed), size - HEADER_BYTES)


def preview(raw: bytes) -> str:
    """Show the first line of what is not a message, as text if possible, else as bytes."""
    line = raw.splitlines()[0].decode("latin-1")
    return f'"{line}"' if line and line.isascii() and line.isprintable() else f"bytes {raw.hex(' ')}"


def decompress(packed: bytes, order: str, limit: int) -> bytes:
    """Unpack the bytes after the header. Raises BadMessage, also above `limit` bytes.

    A flag byte describes the next eight steps. A clear bit stands for one literal byte. A set bit stands for
    two: the mark of an earlier place, and how many bytes beyond two to repeat from there. The mark of a place
    is the exclusive or of the two bytes there, so that both sides know it without transmitting it.
    """
    if len(packed) < 4:
        raise BadMessage("q sent a compressed message without its size")
    size = struct.unpack_from(order + "I", packed)[0]
    _check_size(size, limit)
    size -= HEADER_BYTES
    places: dict[int, int] = {}
    done = bytearray()
    at, marked, flags, flag = 4, 0, 0, 0x100
    try:
        while len(done) < size:
            if flag == 0x100:
                flags, flag, at = packed[at], 1, at + 1
            repeats = flags & flag
            if repeats:
                place, more = places[packed[at]], packed[at + 1]
                at += 2
                done += done[place : place + 2]
            else:
                done.append(packed[at])
                at += 1
            while marked < len(done) - 1:
                places[done[marked] ^ done[marked + 1]] = marked
                marked += 1
            if repeats:
                _repeat(done, place + 2, more)
                marked = len(done)
            flag <<= 1
    except (IndexError, KeyError) as error:
        raise BadMessage("q sent a compressed message that cannot be unpacked") from error
    if len(done) != size or at != len(packed):
        raise BadMessage("q sent a compressed message of another size than it says")
    return bytes(done)


def _repeat(done: bytearray, start: int, count: int) -> None:
    """Repeat `count` bytes from `start`; they may overlap the bytes that this adds."""
    while count:
        part = done[start : start + count]
        done += part
        start += len(part)
        count -= len(part)


def _check_size(size: int, limit: int) -> None:
    if size <= HEADER_BYTES:
        raise BadMessage(f"q sent a message of {size} bytes, which is too short for a value")
    if size > limit:
        raise BadMessage(f"q sent a message of {size} bytes, more than the {limit} that are taken")
