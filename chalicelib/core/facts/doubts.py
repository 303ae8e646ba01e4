"""Doubts: bad tags, a group that cannot be raised, two groups, an unreadable ledger (rule 15).

Raising, walls and everything else go on with what was good before. Releases wait: they alone cannot be
undone, and waiting costs money, not data.
"""

from typing import Literal

import msgspec


class Doubt(msgspec.Struct, frozen=True):
    """Something about a cluster that cannot be used or believed, as operators read it (rule 15).

    Raising and walls go on. What cannot be undone waits: nobody who may hold data is released.
    """

    case: Literal["configuration", "ambiguous", "unreadable"]
    text: str
