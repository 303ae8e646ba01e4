"""The making of a decision. Pure: facts and the time in, data out."""

from collections.abc import Iterable

import msgspec

from chalicelib.core.alerts.cluster_alerts import alerts_of
from chalicelib.core.alerts.failed_raises import without_past_failures
from chalicelib.core.alerts.launches import launches_fail, with_owed_since
from chalicelib.core.alerts.no_live import with_no_live
from chalicelib.core.alerts.short import with_short
from chalicelib.core.alerts.telling import with_life
from chalicelib.core.alerts.tiling import with_breaks
from chalicelib.core.capacity.brake import with_brake
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.demand import Demand, demand_of
from chalicelib.core.capacity.raises import Raise, raise_of, unmet_floors, with_put_off_floor, with_wait
from chalicelib.core.capacity.runway import runway_minutes
from chalicelib.core.capacity.undone import asked_after
from chalicelib.core.commands.applying import with_commands
from chalicelib.core.commands.commanded import Commanded
from chalicelib.core.commands.drains import rested, withdrawn
from chalicelib.core.commands.floors import with_others
from chalicelib.core.commands.hand_back import with_hand_back, with_spare
from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import KeptCalendar
from chalicelib.core.facts.ledger import Asked, Ledger
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.states import may_take_data
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.release.gate import Gate
from chalicelib.core.release.releases import Release, releases_of
from chalicelib.core.release.steps import gives_up_place
from chalicelib.core.release.walls import are_new, missing
from chalicelib.core.results import new_commands, sentence_of


class Decided(msgspec.Struct, frozen=True):
    """A decision, the facts that it was made on, and the ledger as it is committed before anything is done.

    `gate` has the places left after the releases, `commanded` the capacity after the commands. The API takes
    its reasons from both, so they agree with the decision.
    """

    facts: Situation
    ledger: Ledger
    decision: Decision
    gate: Gate
    commanded: Commanded

    @property
    def new_calendar(self) -> KeptCalendar | None:
        """What is to be kept as the calendar, if a command changed it."""
        kept = self.commanded.situation.kept
        return kept if kept != self.facts.kept else None

    def refusals(self, instance_id: str) -> tuple[str, ...]:
        """Return why this decision does not release an RDB; empty when it does."""
        if any(release.instance_id == instance_id for release in self.decision.release):
            return ()
        return self.gate.refusals(instance_id)


def decide(situation: Situation, commands: Iterable[Command] = ()) -> Decided:
    """Decide on the facts of a situation: the raise before the release (rule 4)."""
    facts = situation
    new = new_commands(commands, situation.ledger)
    commanded = with_commands(with_others(Commanded.of(situation)), new)
    commanded = withdrawn(rested(commanded))
    situation, capacity = commanded.situation, commanded.capacity
    demand = demand_of(situation, capacity)
    commanded = with_spare(commanded, demand)
    if not demand.missing(capacity):
        commanded = with_hand_back(commanded, launches_fail=launches_fail(situation))
    situation, capacity = commanded.situation, commanded.capacity
    situation, due = _raised(situation, capacity, demand)
    situation = situation.on(with_breaks(situation))
    gaps = missing(situation)
    gate = Gate.of(situation, gaps, spare=(due.target or capacity.desired) - situation.group.min_size)
    releases = releases_of(gate, commanded.releases)
    walls = () if _is_over(situation) else gaps
    at_max = (Refusal("capacity", (due.reason,)),) if due.code == "max-size" else ()
    decision = Decision(
        cluster=situation.ledger.cluster,
        at=situation.now,
        code="release" if releases.release and due.target is None else due.code,
        reason=due.reason + _released(releases.release),
        desired=capacity.desired,
        counted=len(capacity.counted),
        with_room=capacity.with_room,
        runway_minutes=runway_minutes(capacity.counted, situation.settings.roll_threshold),
        target=due.target,
        at_once=due.at_once and due.target is not None,
        repair=tuple(wall.wall for wall in walls),
        release=releases.release,
        tag=_tags(situation.ledger, wanted=True),
        untag=_tags(situation.ledger, wanted=False),
        refused=(
            *at_max,
            *sorted(commanded.refused, key=_of_another_kind),
            *unmet_floors(situation, capacity, due),
            *releases.refused,
        ),
        carried_out=tuple(command.command_id for command in new),
        asked=tuple(map(sentence_of, new)),
        rooms={
            i: room for i, room in capacity.rooms.items() if may_take_data(capacity.counted[i].state_said)
        },
    )
    alerts = alerts_of(situation, capacity, due, () if are_new(situation) else walls)
    decision, ledger = with_life(decision, situation.ledger, alerts)
    ledger = _intended(ledger, decision, asked_after(situation, capacity, due.target, facts.ledger))
    if decision.at_once:
        ledger = msgspec.structs.replace(ledger, tried_afresh=situation.now)
    return Decided(facts, ledger, decision, releases.gate, commanded)


def _raised(situation: Situation, capacity: Capacity, demand: Demand) -> tuple[Situation, Raise]:
    """Return the raise that is due, and the situation that remembers what it waits for and since when."""
    situation = situation.on(with_wait(situation, capacity, demand))
    situation = situation.on(with_brake(situation, capacity))
    due = raise_of(situation, capacity, demand)
    situation = situation.on(with_put_off_floor(situation, due))
    needed = due.target is not None or capacity.owed > 0
    situation = situation.on(without_past_failures(situation.ledger, needed))
    situation = situation.on(with_short(situation, capacity, demand, due))
    situation = situation.on(with_owed_since(situation, capacity))
    return situation.on(with_no_live(situation)), due


def _of_another_kind(refusal: Refusal) -> bool:
    """Refused capacity comes first, whatever the order of the commands."""
    return refusal.what != "capacity"


def _is_over(situation: Situation) -> bool:
    """A retiring cluster has nobody left to protect: whoever removes it takes its walls down."""
    return situation.settings.retiring and not situation.group.members and not situation.group.desired


def _intended(ledger: Ledger, decision: Decision, asked: Asked | None) -> Ledger:
    now, version = decision.at, ledger.version + 1
    rdbs = dict(ledger.rdbs)
    for release in decision.release:
        # The place counts as given up from now on (see capacity_of).
        if gives_up_place(release.step):
            rdb = rdbs[release.instance_id]
            rdbs[release.instance_id] = msgspec.structs.replace(rdb, released_at=now, released_in=version)
    return msgspec.structs.replace(ledger.with_commands(decision.carried_out, now), rdbs=rdbs, asked=asked)


def _released(release: tuple[Release, ...]) -> str:
    return "; releasing " + ", ".join(f"{r.instance_id} ({r.step})" for r in release) if release else ""


def _tags(ledger: Ledger, *, wanted: bool) -> tuple[str, ...]:
    return tuple(
        instance_id
        for instance_id, rdb in sorted(ledger.rdbs.items())
        if rdb.member
        and rdb.member.in_service
        and (rdb.drain is not None) is wanted
        and rdb.tagged is not wanted
    )
