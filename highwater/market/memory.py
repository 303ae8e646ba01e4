"""What rows take in a q whose vectors double.

q gives each object a block whose size is a power of two (timestored.com/kdb-guides/memory-management), and a
column of a table is one object: when it is full, it is copied into a block of twice its size. `-22!` counts
what is in a column, `.Q.w[]` whole blocks. The paper saw a host's memory leap by 18 % within minutes.
"""

from math import ceil, floor, log2
from typing import Final

HEADER = 16
# time, sym, bid, ask, bsize, asize, mode and ex: a row of 64 bytes.
USUAL_COLUMNS: Final = 8


def doubled_kib(updates: int, kib_per_update: float, columns: int) -> float:
    """Return what updates take in KiB, as columns that are equally long and so double at once."""
    if not updates:
        return 0.0
    return columns * 2.0 ** ceil(log2(HEADER + _share(kib_per_update, columns) * updates)) / 1024


def held_doubled(free_kib: float, kib_per_update: float, columns: int) -> int:
    """Return the most updates for whose columns so many KiB are enough."""
    block = free_kib * 1024 / columns
    if block < HEADER:
        return 0
    near = max(0, floor((2.0 ** floor(log2(block)) - HEADER) / _share(kib_per_update, columns)))
    # A block that is filled to its last byte is a matter of rounding.
    fits = (n for n in (near + 1, near) if doubled_kib(n, kib_per_update, columns) <= free_kib)
    return next(fits, max(0, near - 1))


def _share(kib_per_update: float, columns: int) -> float:
    """Return the bytes that an update adds to each column."""
    return kib_per_update * 1024 / columns
