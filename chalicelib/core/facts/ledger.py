"""The ledger: what is known of a cluster, as plain frozen data."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from chalicelib.contract.release import RELEASE
from chalicelib.contract.report import ReleaseNumber, Time
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.rdb import Hold, Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.tickerplant import KnownTickerplant
from chalicelib.core.facts.wake_ups import Asking

# New fields leave the number alone: they are carried along unread (adapters/documents.py).
SCHEMA = 1

FAILS_TOLD = 2
# A group that the cluster left is its own no more after this time: it may be another cluster's by then.
LEFT_KEPT = timedelta(hours=12)

TroubleCode = Literal["capacity", "quota", "template", "failed", "overdue"]
# What an alert about launches is about: nothing is read of a launch that nobody tries.
LaunchCode = Literal[TroubleCode, "suspended"]


class HookSeen(msgspec.Struct, frozen=True):
    """The terminating hook as it was last looked at."""

    stands: bool
    at: Time


class Trouble(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cause of an overdue launch, by the activities of the group: how many failed, and since when."""

    code: TroubleCode
    text: str
    since: Time
    read_at: Time
    times: int = 0


class Fails(msgspec.Struct, frozen=True):
    """Calls of one kind that failed one after the other: since when, how many, and what AWS said last.

    It is told from the second on (rule 11).
    """

    since: Time
    times: int
    text: str

    @classmethod
    def after(cls, known: "Fails | None", text: str, now: datetime) -> "Fails":
        """Return what is known after one more call failed."""
        return cls(known.since, known.times + 1, text) if known else cls(now, 1, text)

    @property
    def is_told(self) -> bool:
        """It failed more than once."""
        return self.times >= FAILS_TOLD


class Asked(msgspec.Struct, frozen=True):
    """The DesiredCapacity that we wrote last, when, and with which version of the ledger.

    The clocks of containers differ, so that only versions tell which releases came after it. `looked` is
    whether the group's activities showed the write, `undid` the higher number of somebody else that it
    replaced. `before` is the write before it, if no activity showed that one yet. `seen` is when AWS made the
    last of our writes that an activity showed. `seen_as` is the most that DesiredCapacity may have been when
    we decided on the write; None if that is not known. `again` is whether it had just been lowered from such
    a number or a higher one.
    """

    target: int
    at: Time
    version: int = 0
    looked: bool = False
    undid: int = 0
    before: "Asked | None" = None
    seen: Time | None = None
    seen_as: int | None = None
    again: bool = False


class KnownGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """The group of the cluster, since when it is, and the group before it."""

    name: str
    since: Time
    before: str = ""

    def names(self, now: datetime) -> tuple[str, ...]:
        """Return the group's name, and that of the one before it for a while."""
        lasts = self.before and now - self.since < LEFT_KEPT
        return (self.name, self.before) if lasts else (self.name,)


class Floor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The hosts that somebody asked for, which stay until a time or until they ask for fewer.

    `put_off` is whether nothing was raised for it yet, since what was written before does not show. `over` is
    an operator's lower floor, above which somebody else raised: it stands again once this one does not.
    """

    hosts: int
    by: str
    until: Time
    put_off: bool = False
    over: "Floor | None" = None

    def standing(self, now: datetime) -> "Floor | None":
        """Return it until its time, then what it was raised above, as long as that lasts."""
        if self.until > now:
            return self
        return self.over.standing(now) if self.over else None

    def at_most(self, hosts: int) -> "Floor":
        """Return it with so many hosts at most."""
        over = self.over.at_most(hosts) if self.over else None
        return msgspec.structs.replace(self, hosts=min(self.hosts, hosts), over=over)


class Gone(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RDB that left the group and gave no lasting room: when it was first seen, how and when it went.

    `took_data` is whether it ever reported that it took data.
    """

    first_seen: Time
    why: str
    at: Time | None = None
    took_data: bool = False


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """An alert: since when it stands, and when it was told last, with which cause.

    `ended` is when it was first seen to be over; it is forgotten once that is told.
    """

    since: Time
    told: Time | None = None
    cause: str = ""
    ended: Time | None = None


class Ledger(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="schema", tag=SCHEMA):
    """The one versioned document of a cluster. One of another schema cannot be read.

    Commands: `commands` has the ids of operators' requests that were carried out, `floor` what somebody
    asked for until a time. `capacity_asked` is the newest command for capacity, `calendar_removed` that
    for no calendar: what was asked before it counts no more.

    Raises: `desired` is the DesiredCapacity that the group showed last, `owed_since` when AWS was first
    seen to owe the oldest launch that has not arrived, `owed_later` the same of the others, in order,
    `overtaken_since` when a raise began to wait for a newer reading. `raise_fails` is set while raises
    fail that are still needed. `tried_afresh` is when the launch template (`template`) became another or
    an operator raised, `useful_since` when the newest host of use came: hosts from before count no more
    against launches. Those that are `gone` may. `learned` is what demand knows of the days before,
    `spare_since` since when demand has not needed one standby, two of them, and so on
    (commands/hand_back.py).

    Alerts: `alerts` has by key those that stand or whose end is not told yet. `short_since` is set while
    nothing brings the room that is wanted, `no_live_since` while nobody is live after somebody was;
    `last_live` is who was, until it says that it is drained. `tiled_from` is the update after which the
    windows must tile, None until a tickerplant reports (windows.py), `breaks` since when they were seen
    not to, by the key of each break (tiling.py). `telling` is in the account's ledger alone: the clusters
    whose alerts stand, or whose end is not told yet.

    Looks and records: `unread` has the operations that cannot be read, `measured_at` when CloudWatch was
    last asked for RDBs that rest too (measuring.py). `settings` are the last that were used: a tag that
    cannot be read keeps its value of them. `gist` is that of the last recorded decision. `stands_in` says
    why the cluster's own ledger cannot be read, if this one stands in for it; `unmended` why what stood
    in for it cannot be read. `release` is that of whoever wrote it last.
    """

    cluster: str
    version: int = 0
    rdbs: dict[str, Rdb] = {}
    asked: Asked | None = None
    commands: dict[str, Time] = {}
    gist: str = ""
    hold: Hold | None = None
    hook: HookSeen | None = None
    owed_since: Time | None = None
    owed_later: tuple[Time, ...] = ()
    overtaken_since: Time | None = None
    trouble: Trouble | None = None
    raise_fails: Fails | None = None
    unread: dict[str, Fails] = {}
    short_since: Time | None = None
    no_live_since: Time | None = None
    last_live: str = ""
    template: str = ""
    tried_afresh: Time | None = None
    useful_since: Time | None = None
    gone: dict[str, Gone] = {}
    alerts: dict[str, Standing] = {}
    settings: ClusterSettings | None = None
    group: KnownGroup | None = None
    learned: Learned = Learned()
    spare_since: tuple[Time, ...] = ()
    floor: Floor | None = None
    desired: int | None = None
    capacity_asked: Asking | None = None
    calendar_removed: Asking | None = None
    tickerplant: KnownTickerplant | None = None
    tiled_from: int | None = None
    breaks: dict[str, Time] = {}
    measured_at: Time | None = None
    telling: tuple[str, ...] = ()
    stands_in: str = ""
    unmended: str = ""
    release: ReleaseNumber | None = None

    @property
    def is_of_another_release(self) -> bool:
        """Another release wrote it; one that names none is of before they did. Nobody wrote version 0."""
        return self.version > 0 and self.release != RELEASE

    @property
    def followed_at(self) -> datetime | None:
        """When its group followed another one: hosts from before are that one's. None if it followed none."""
        return self.group.since if self.group and self.group.before else None

    def with_rdb(self, instance_id: str, **changes: object) -> "Ledger":
        """Return the ledger with some fields of one RDB changed. Raises KeyError for an unknown one."""
        rdb = msgspec.structs.replace(self.rdbs[instance_id], **changes)
        return msgspec.structs.replace(self, rdbs={**self.rdbs, instance_id: rdb})

    def with_commands(self, command_ids: Iterable[str], now: datetime) -> "Ledger":
        """Return the ledger that knows of some more commands that were taken."""
        return msgspec.structs.replace(self, commands={**self.commands, **dict.fromkeys(command_ids, now)})

    def outline(self) -> frozenset[tuple[str, str, int]]:
        """Return the facts that a sweep must not leave unrecorded.

        They are: the group and its settings, who is there, in which lifecycle, whose metric has the name of
        one that rolled, and how full each ever was, in steps of 10 % so that a quiet cluster is not written
        each minute (that one is full makes another gist of the decision, which is recorded anyway); the
        launches that are owed; that nobody is live; the alerts that stand, and which clusters have some; how
        many standbys are not needed; a floor; where windows do not tile.
        """
        rdbs = {
            (
                instance_id,
                rdb.member.lifecycle if rdb.member else "",
                int(rdb.peak.percent // 10) if rdb.peak else -1,
            )
            for instance_id, rdb in self.rdbs.items()
        }
        rested = {(instance_id, "rested", 1) for instance_id, rdb in self.rdbs.items() if rdb.rested}
        alerts = {("", key, int(known.ended is None)) for key, known in self.alerts.items()}
        telling = {("telling", cluster, 0) for cluster in self.telling}
        owed = ("", "owed", int(self.owed_since is not None))
        group = ("", self.group.name if self.group else "", 0)
        no_live = ("", "no-live-since", int(self.no_live_since is not None))
        spare = ("", "spare", len(self.spare_since))
        breaks = {("break", key, 0) for key in self.breaks}
        floor = ("", "floor", self.floor.hosts if self.floor else 0)
        settings = (str(self.settings), "", 0)
        return frozenset(
            {*rdbs, *rested, *alerts, *telling, *breaks, owed, no_live, group, spare, floor, settings}
        )
