"""Facts for the unit tests, built in a word, and what is decided on them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import EllipsisType
from typing import Any

import msgspec

from chalicelib.contract.report import Report, State
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.capacity.brake import with_brake
from chalicelib.core.capacity.counted import Capacity, capacity_of
from chalicelib.core.capacity.demand import demand_of
from chalicelib.core.capacity.raises import Raise, raise_of
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.folding import shows_data
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Asked, HookSeen, KnownGroup, Ledger
from chalicelib.core.facts.rdb import Hold, Rdb, Reading
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import says_it_got_ready
from chalicelib.core.facts.tickerplant import KnownTickerplant
from chalicelib.core.facts.voices import Unanswered
from chalicelib.core.facts.wake_ups import Command, SetFloor
from chalicelib.core.release.walls import SUSPENDED

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DEFAULTS = ClusterSettings()
Facts = tuple[Ledger, Group]
EMPTY = Ledger(cluster="trades")
A, B, C, D, E = (f"i-0000000000000000{letter}" for letter in "abcde")

IN_SERVICE = Member("InService", healthy=True, protected=True)
PENDING = Member("Pending:Wait", healthy=True)
SICK = Member("InService", healthy=False, protected=True)
TERMINATING = Member("Terminating:Wait", healthy=True)
RETAINED = Member("Terminating:Retained", healthy=True)
HOLD = Hold("looking into it", "ann", NOW - timedelta(hours=1))


def ago(minutes: float = 0.0, seconds: float = 0.0) -> datetime:
    return NOW - timedelta(minutes=minutes, seconds=seconds)


def read(percent: float, minutes: float = 1.0) -> Reading:
    return Reading(percent, ago(minutes))


def report(
    state: State = State.LIVE,
    percent: int = 30,
    minutes: float = 1.0,
    instance_id: str = A,
    sequence: int | None = None,
    rows: int | None = None,
    window: tuple[int, int] | None = None,
) -> Report:
    """A report sent so many minutes ago; the rows follow from the state unless they are given."""
    held = {State.UNKNOWN: None, State.DRAINED: 0}.get(state, 1000)
    first, last = window or (None, None)
    return Report(
        version=1,
        cluster="trades",
        instance_id=instance_id,
        sequence=int(ago(minutes).timestamp() * 1000) if sequence is None else sequence,
        state=state,
        memory_used=percent,
        memory_total=100,
        rows=held if rows is None else rows,
        first_index=first,
        last_index=last,
        sent_at=ago(minutes),
    )


def rdb(
    said: Report | None = None,
    member: Member | None = IN_SERVICE,
    seen: float = 60.0,
    metric: Reading | EllipsisType | None = ...,
    peak: Reading | None = None,
    released: float | None = None,
    first_drained: float | None = None,
    proven: bool = True,
    unanswered: Unanswered | None = None,
) -> Rdb:
    """An RDB that was first seen so many minutes ago; its word that it is drained is proven by default.

    Times are in minutes before NOW. Its metric is that of its report, unless another one is given, or None.
    """
    if isinstance(metric, EllipsisType):
        metric = Reading(said.memory_percent, said.sent_at) if said else None
    takes_data = (State.STANDBY, State.LIVE)
    ready_at = said.sent_at if said and said.state in takes_data else None
    if unanswered and unanswered.state in takes_data:
        ready_at = unanswered.since
    got_ready = ready_at or (said.sent_at if said and says_it_got_ready(said.state) else None)
    return Rdb(
        ready_at=ready_at,
        ready_since=min(ago(seen), got_ready) if got_ready else None,
        first_seen=ago(seen),
        member=member,
        member_seen=NOW if member else None,
        only_pending=member is not None and member.pending and said is None,
        report=said,
        received_at=said.sent_at if said else None,
        first_drained_at=None if first_drained is None else ago(first_drained),
        metric=metric,
        peak=peak,
        released_at=None if released is None else ago(released),
        proven_sequence=said.sequence if said and said.state is State.DRAINED and proven else None,
        unanswered=unanswered,
        took_data=said is not None and shows_data(said),
    )


def live(percent: int = 30, minutes: float = 1.0) -> Rdb:
    return rdb(report(State.LIVE, percent, minutes, window=(0, 9)))


def rolled() -> Rdb:
    return rdb(report(State.ROLLED, 88))


def drained(minutes: float = 1.0, first: float | None = None) -> Rdb:
    said = report(State.DRAINED, 5, minutes)
    return rdb(said, first_drained=minutes if first is None else first)


def gone(minutes: float, state: State = State.DRAINED) -> Rdb:
    """An RDB released so many minutes ago that Describe still shows in service."""
    return rdb(report(state, 5), released=minutes)


def launching(seen: float = 1.0) -> Rdb:
    return rdb(member=PENDING, seen=seen)


def cluster(
    rdbs: Mapping[str, Rdb],
    desired: int | None = None,
    max_size: int = 10,
    min_size: int = 0,
    asked: Asked | None = None,
    commands: Mapping[str, datetime] | None = None,
    walls: bool = True,
    hold: Hold | None = None,
) -> tuple[Ledger, Group]:
    """A ledger folded with its group; by default the group desires what it has, and its walls stand."""
    members = {i: known.member for i, known in rdbs.items() if known.member}
    shown = sum(member.pending or member.in_service for member in members.values())
    group = Group(
        name="trades-rdb",
        cluster="trades",
        tags={},
        min_size=min_size,
        max_size=max_size,
        desired=shown if desired is None else desired,
        members=members,
        suspended=SUSPENDED if walls else frozenset(),
        protects_new=walls,
        on_abandon="retain" if walls else "terminate",
        deletion_protection="prevent-all-deletion" if walls else "none",
    )
    ledger = Ledger(
        cluster="trades",
        group=KnownGroup("trades-rdb", NOW - timedelta(days=1)),
        rdbs=dict(rdbs),
        asked=asked,
        commands=dict(commands or {}),
        hook=HookSeen(walls, NOW),
        hold=hold,
        desired=group.desired,
        measured_at=NOW,
    )
    return ledger, group


def tickerplant(waiting: int = 0, ago: float = 1) -> KnownTickerplant:
    """What is known of a tickerplant that reported so many minutes ago."""
    at = NOW - timedelta(minutes=ago)
    report = TickerplantReport(
        version=1,
        cluster="trades",
        instance_id="i-0123456789abcdef0",
        sequence=int(at.timestamp() * 1000),
        updates=96112,
        queue=0,
        waiting=waiting,
        sent_at=at,
    )
    return KnownTickerplant(report, at).after(report, at)


def wire(**changes: Any) -> bytes:
    """A good report as JSON, with some fields replaced; a field set to `...` is left out."""
    good = {
        "version": 1,
        "cluster": "trades",
        "instance_id": A,
        "sequence": int(NOW.timestamp() * 1000),
        "state": "live",
        "memory_used": 2040109466,
        "memory_total": 4075520000,
        "rows": 31994800,
        "first_index": 96112,
        "last_index": 128106,
        "sent_at": "2026-11-23T11:59:07.250Z",
    }
    return msgspec.json.encode({k: v for k, v in {**good, **changes}.items() if v is not ...})


def situation(known: Facts, configured: ClusterSettings = DEFAULTS) -> Situation:
    """The situation in which these facts are judged, at NOW."""
    return Situation(*known, configured, NOW)


def capacity(known: Facts, configured: ClusterSettings = DEFAULTS) -> Capacity:
    """The capacity of these facts."""
    return capacity_of(situation(known, configured))


def due(known: Facts, asks: list[SetFloor] | None = None, configured: ClusterSettings = DEFAULTS) -> Raise:
    """The raise that is due on these facts, with operators' floors."""
    asked = msgspec.structs.replace(situation(known, configured), floors=tuple(asks or ()))
    found = capacity_of(asked)
    asked = asked.on(with_brake(asked, found))
    return raise_of(asked, found, demand_of(asked, found))


def planned(
    known: Facts, commands: Sequence[Command] = (), configured: ClusterSettings = DEFAULTS
) -> tuple[Ledger, Decision]:
    """The ledger as intended, and the decision."""
    decided = decide(situation(known, configured), commands)
    return decided.ledger, decided.decision


def decision(known: Facts, commands: Sequence[Command] = ()) -> Decision:
    return planned(known, commands)[1]


def told(known: Facts) -> dict[str, str]:
    """The alerts' sentences, by key."""
    return {alert.key: alert.text for alert in decision(known).alerts}


def leaving(found: Decision) -> tuple[str, ...]:
    """The instances that are terminated with decrement."""
    return tuple(release.instance_id for release in found.release if release.step == "terminate")
