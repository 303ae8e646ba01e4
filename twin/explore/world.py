"""The small world as frozen data: a group of at most three RDBs, its ledger, functions under way.

Times are whole minutes before now, and now never moves: time passes by making everything older.
"""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, IntFlag

import msgspec

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLUSTER = "trades"
GROUP_NAME = "highwater-trades-rdb"
MIN_SIZE, MAX_SIZE = 1, 4
IDS = ("i-0000000a", "i-0000000b", "i-0000000c")
# In minutes: one age stands for all up to the next, since no deadline that counts here lies between. The
# deadlines are two, five and ten minutes, and fifty. The first and the last are no ages: what they mark stays
# later or earlier than everything else, however much time passes.
AGES = (-600, 0, 3, 6, 11, 60, 600)
LATEST, OLD, EARLIEST = AGES[0], AGES[-2], AGES[-1]


class Life(IntEnum):
    """The lifecycle of a member; `NONE` is not launched yet, `GONE` has left the group."""

    NONE = 0
    PENDING = 1
    SERVING = 2
    WAITING = 3
    RETAINED = 4
    PROCEEDING = 5
    GONE = 6


COUNTED = (Life.PENDING, Life.SERVING)


class Walls(IntFlag):
    """The walls of the group that stand; a member's protection is its own."""

    SUSPENDED = 1
    PROTECTS_NEW = 2
    RETAINS = 4
    HOOK = 8


ALL_WALLS = Walls.SUSPENDED | Walls.PROTECTS_NEW | Walls.RETAINS | Walls.HOOK


class Phase(IntEnum):
    """The true state of an RDB on its host.

    `FULL` is live above the scale threshold, `EMPTIED` live at the end of the day, without rows.
    """

    NONE = 0
    BOOTING = 1
    STANDBY = 2
    LIVE = 3
    FULL = 4
    ROLLED = 5
    EMPTIED = 6
    DRAINED = 7
    ENDED = 8


HOLDS_ROWS = (Phase.LIVE, Phase.FULL, Phase.ROLLED)


class Member(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One place of the group. `bare`: an operator had taken down what would have kept it, while it ended."""

    life: Life = Life.NONE
    protected: bool = False
    bare: bool = False


class Group(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The group as it is, or as it was read. `writes` counts the times that an operator set its capacity."""

    desired: int
    members: tuple[Member, ...]
    walls: int = int(ALL_WALLS)
    writes: int = 0

    @property
    def counted(self) -> int:
        """The members that take a place of the desired capacity."""
        return sum(member.life in COUNTED for member in self.members)

    def with_member(self, index: int, member: Member) -> "Group":
        """Return the group with another member in one place."""
        members = (*self.members[:index], member, *self.members[index + 1 :])
        return Group(self.desired, members, self.walls, self.writes)


class Late(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A report that is still under way: what its RDB was when it sent it."""

    phase: Phase
    minutes: int


class Host(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An RDB: its true phase, whether its instance carries the request to drain, a report under way."""

    phase: Phase = Phase.NONE
    asked: bool = False
    late: Late | None = None


class Wake(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The message that a function works on: a word of `words.py`, whom it is about, its age."""

    word: int
    index: int = -1
    minutes: int = 0
    number: int = 0


class Read(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The answers that a function gets where it reads: ledger, group, phases of the hosts."""

    document: bytes
    group: Group
    phases: tuple[Phase, ...]


class Run(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A function under way: its message, what it read, how its calls came out so far.

    `current` is whether nobody else has written the ledger since it did.
    """

    wake: Wake
    read: Read
    outcomes: tuple[str, ...] = ()
    current: bool = True


class World(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything that decides what can happen next.

    `before` is the group before its last change, which a stale read still shows. `commands` are messages
    of operators, which may come again. `raised` is, for the oracle, our last raise within two minutes, its
    age, and as bits who was released before it.
    """

    document: bytes
    group: Group
    before: Group
    hosts: tuple[Host, ...]
    runs: tuple[Run, ...] = ()
    commands: tuple[Wake, ...] = ()
    raised: tuple[int, int, int] | None = None

    def with_host(self, index: int, host: Host) -> "World":
        """Return the world with another host in one place."""
        hosts = (*self.hosts[:index], host, *self.hosts[index + 1 :])
        return msgspec.structs.replace(self, hosts=hosts)

    def with_group(self, group: Group) -> "World":
        """Return the world after a change of the group."""
        return msgspec.structs.replace(self, group=group, before=self.group)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The true phases of the hosts."""
        return tuple(host.phase for host in self.hosts)


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(World).decode


def aged(minutes: int, passed: int) -> int:
    """Return the age of what was so many minutes old, once more have passed."""
    return max(age for age in AGES if age <= minutes + passed)


def ago(minutes: float) -> datetime:
    """Return the time so many minutes before now."""
    return NOW - timedelta(minutes=minutes)
