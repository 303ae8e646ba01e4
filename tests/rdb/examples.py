"""Values as q serializes them."""

import math
import struct
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from rdb.kdb.values import KeyedTable, Table

# Whole messages from https://code.kx.com/q/kb/serialization/.
DOCUMENTED = {
    "1i": ("010000000d000000fa01000000", 1),
    "1": ("0100000011000000f90100000000000000", 1),
    "enlist 1i": ("010000001200000006000100000001000000", [1]),
    "`byte$til 5": ("01000000130000000400050000000001020304", bytes(range(5))),
    "`byte$enlist til 5": ("01000000190000000000010000000400050000000001020304", [bytes(range(5))]),
    "`a`b!2 3i": ("0100000021000000630b0002000000610062000600020000000200000003000000", {"a": 2, "b": 3}),
    "`s#`a`b!2 3i": ("01000000210000007f0b0102000000610062000600020000000200000003000000", {"a": 2, "b": 3}),
    "`a`b!enlist each 2 3i": (
        "010000002d000000630b0002000000610062000000020000000600010000000200000006000100000003000000",
        {"a": [2], "b": [3]},
    ),
    "([]a:enlist 2i;b:enlist 3i)": (
        "010000002f0000006200630b0002000000610062000000020000000600010000000200000006000100000003000000",
        Table({"a": [2], "b": [3]}),
    ),
    "([a:enlist 2i]b:enlist 3i)": (
        "010000003f000000636200630b00010000006100000001000000060001000000020000006200630b00010000006200000001"
        "0000000600010000000300" + "0000",
        KeyedTable(Table({"a": [2]}), Table({"b": [3]})),
    ),
}

GUID = UUID("8c680a01-5a49-5aab-5a65-d4bfddb6a661")
NOON = 837_347_696_789_012_345
# (number of the type, struct's format, what is sent, what it means)
ITEMS = [
    (1, "B", 0, False),
    (1, "B", 1, True),
    (2, "16s", GUID.bytes, GUID),
    (2, "16s", bytes(16), None),
    (4, "B", 255, 255),
    (5, "h", -234, -234),
    (5, "h", -(2**15), None),
    (5, "h", 2**15 - 1, math.inf),
    (5, "h", 1 - 2**15, -math.inf),
    (6, "i", 42, 42),
    (6, "i", -(2**31), None),
    (6, "i", 2**31 - 1, math.inf),
    (6, "i", 1 - 2**31, -math.inf),
    (7, "q", 31_994_800, 31_994_800),
    (7, "q", -(2**63), None),
    (7, "q", 2**63 - 1, math.inf),
    (7, "q", 1 - 2**63, -math.inf),
    (8, "f", 5.5, 5.5),
    (8, "f", math.nan, None),
    (8, "f", math.inf, math.inf),
    (9, "d", 3.234, 3.234),
    (9, "d", math.nan, None),
    (9, "d", -math.inf, -math.inf),
    (10, "c", b"0", "0"),
    (10, "c", b" ", " "),
    (10, "c", b"\xff", "\\xff"),
    (12, "q", NOON, datetime(2026, 7, 14, 12, 34, 56, 789012, UTC)),
    (12, "q", -1, datetime(1999, 12, 31, 23, 59, 59, 999999, UTC)),
    (12, "q", -(2**63), None),
    (12, "q", 2**63 - 1, math.inf),
    (13, "i", 12, date(2001, 1, 1)),
    (13, "i", -1, date(1999, 12, 1)),
    (13, "i", -(2**31), None),
    (14, "i", 121, date(2000, 5, 1)),
    (14, "i", -1, date(1999, 12, 31)),
    (14, "i", 1 - 2**31, -math.inf),
    (15, "d", 3.5, datetime(2000, 1, 4, 12, tzinfo=UTC)),
    (15, "d", math.nan, None),
    (15, "d", math.inf, math.inf),
    (16, "q", -1_000_000_000, timedelta(seconds=-1)),
    (16, "q", -(2**63), None),
    (17, "i", 1500, timedelta(hours=25)),
    (17, "i", -(2**31), None),
    (18, "i", 43_500, timedelta(hours=12, minutes=5)),
    (18, "i", 2**31 - 1, math.inf),
    (19, "i", 43_499_123, timedelta(hours=12, minutes=4, seconds=59, milliseconds=123)),
    (19, "i", -(2**31), None),
]

# Payloads that are written by hand, little-endian.
SYMBOL = "f5" + b"live".hex() + "00"
TEXT = "0a00" + "05000000" + "über".encode().hex()
MIXED = "0000" + "04000000" + SYMBOL + TEXT + "6500" + "000000000000"
# `state`rows`why!(`live;0N;"ok")
STATUS = (
    "630b0003000000"
    + b"state\0rows\0why\0".hex()
    + "000003000000"
    + SYMBOL
    + "f90000000000000080"
    + "0a0002000000"
    "6f6b"
)
# ([]s:`a`b;t:"é") has the two bytes of one character in its two rows
CHARACTERS = "6200630b000200000073007400" + "000002000000" + "0b00020000006100" + "6200" + "0a0002000000c3a9"
HANDMADE: dict[str, object] = {
    SYMBOL: "live",
    "f500": "",
    "0b0002000000006100": ["", "a"],
    TEXT: "über",
    "0a0000000000": "",
    "0a0001000000ff": "\\xff",
    "0400000000" + "00": b"",
    "6500": None,
    MIXED: ["live", "über", None, []],
    STATUS: {"state": "live", "rows": None, "why": "ok"},
    CHARACTERS: Table({"s": ["a", "b"], "t": ["\\xc3", "\\xa9"]}),
    "6200630b0000000000" + "000000000000": Table({}),
}


def payload(message: str) -> bytes:
    return bytes.fromhex(message)[8:]


def atom(number: int, code: str, raw: object, order: str) -> bytes:
    return struct.pack(f"{order}b{code}", -number, raw)


def vector(number: int, code: str, raws: list[object], order: str) -> bytes:
    items = b"".join(struct.pack(order + code, raw) for raw in raws)
    return struct.pack(f"{order}bBi", number, 0, len(raws)) + items


PAYLOADS = [payload(message) for message, _ in DOCUMENTED.values()] + [
    bytes.fromhex(each) for each in HANDMADE
]
