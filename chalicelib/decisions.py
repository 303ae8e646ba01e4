"""The decision: what to raise, release or refuse, and why. Pure: facts and the time in, data out."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.capacity import capacity_of, target_of
from chalicelib.cluster import Asked, Group, Ledger
from chalicelib.contracts import Command, RaiseTo, ReleaseRdb
from chalicelib.release import refusals
from chalicelib.room import Room
from chalicelib.settings import ClusterSettings


class Refusal(msgspec.Struct, frozen=True):
    """Something asked for and not done: capacity, or the release of an instance; with every reason."""

    what: str
    reasons: tuple[str, ...]


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one reconcile wants done. `raise_to` is a DesiredCapacity, `release` lists instance ids.

    `code` names the case, `reason` says it with the numbers; `rooms` says of each counted RDB whether it
    has room and why; `noted` holds facts that were ignored, `unread` what AWS did not answer. `outcome` is
    filled in after acting.
    """

    cluster: str
    at: datetime
    code: str
    reason: str
    desired: int | None = None
    counted: int = 0
    room: int = 0
    raise_to: int | None = None
    release: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    noted: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    carried_out: tuple[str, ...] = ()
    rooms: dict[str, Room] = {}
    triggers: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        return self.raise_to is not None or bool(self.release)

    @property
    def gist(self) -> str:
        """What has to change for the decision to be worth another record: the case, not its numbers."""
        refused = ",".join(f"{refusal.what}:{len(refusal.reasons)}" for refusal in self.refused)
        roomy = ",".join(sorted(instance_id for instance_id, room in self.rooms.items() if room.has))
        return f"{self.code}|{roomy}|{refused}|{len(self.unread)}"


def decide(
    ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime, commands: Iterable[Command] = ()
) -> Decision:
    """The decision on the facts in `ledger` (already folded with `group`), the raise before the release."""
    new = [command for command in commands if command.command_id not in ledger.commands]
    asked = [command for command in new if isinstance(command, RaiseTo)]
    floors = [command for command in asked if command.floor <= group.max_size]
    capacity = capacity_of(ledger, group, settings, now)
    target = target_of(ledger, group, settings, capacity, floors, now)
    asked_for = {command.instance_id for command in new if isinstance(command, ReleaseRdb)}
    spare = (target.desired or capacity.desired) - group.min_size
    release, refused = _releases(ledger, settings, spare, asked_for, now)
    above = tuple(
        f"{command.requested_by} asked for {command.floor}, but MaxSize is {group.max_size}"
        for command in asked
        if command not in floors
    )
    if target.code == "max-size":
        above = (target.reason, *above)
    if above:
        refused = (Refusal("capacity", above), *refused)
    released = f"; releasing {', '.join(release)}: drained" if release else ""
    return Decision(
        cluster=ledger.cluster,
        at=now,
        code="release" if release and target.desired is None else target.code,
        reason=target.reason + released,
        desired=capacity.desired,
        counted=len(capacity.counted),
        room=capacity.room,
        raise_to=target.desired,
        release=release,
        refused=refused,
        carried_out=tuple(command.command_id for command in new),
        rooms=capacity.rooms,
    )


def intended(ledger: Ledger, decision: Decision) -> Ledger:
    """The ledger with the intent of a decision, as it is committed before anything is done."""
    rdbs = dict(ledger.rdbs)
    for instance_id in decision.release:
        rdbs[instance_id] = msgspec.structs.replace(rdbs[instance_id], released_at=decision.at)
    asked = ledger.asked if decision.raise_to is None else Asked(decision.raise_to, decision.at)
    commands = {**ledger.commands, **dict.fromkeys(decision.carried_out, decision.at)}
    return msgspec.structs.replace(ledger, rdbs=rdbs, asked=asked, commands=commands)


def _releases(
    ledger: Ledger, settings: ClusterSettings, spare: int, asked_for: set[str], now: datetime
) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """The instances to release in the order of their ids, and those that are refused."""
    drained = {i for i, rdb in ledger.rdbs.items() if rdb.member and rdb.drained and not rdb.leaving(now)}
    release: list[str] = []
    refused: list[Refusal] = []
    for instance_id in sorted(asked_for | drained):
        if reasons := refusals(ledger.rdbs.get(instance_id), spare - len(release), settings, now):
            refused.append(Refusal(instance_id, reasons))
        else:
            release.append(instance_id)
    return tuple(release), tuple(refused)
