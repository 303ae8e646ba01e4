"""The decision: what to raise, release or refuse, and why. Pure: facts and the time in, data out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.core.alerts import Alert, alerts_of
from chalicelib.core.capacity import Capacity, Target, capacity_of, target_of
from chalicelib.core.commands import Refusal, with_requests, withdrawn
from chalicelib.core.gate import refusals
from chalicelib.core.ledger import Asked, Group, Ledger, Rdb
from chalicelib.core.room import Room
from chalicelib.core.runway import runway_minutes
from chalicelib.core.settings import ClusterSettings
from chalicelib.core.wake_ups import Command, RaiseTo, ReleaseRdb
from chalicelib.core.walls import WallName, missing

How = Literal["terminate", "replace", "continue", "end-retained"]


def how(rdb: Rdb) -> How | None:
    """The next step out of its group for a member, None while there is none to take.

    A launch that died while Terminate is suspended stays Pending, and in the way, until it is terminated.
    """
    if rdb.member is None:
        return None
    if rdb.member.in_service or (rdb.member.pending and rdb.dead_at):
        return "terminate"
    steps: dict[str, How] = {"Terminating:Wait": "continue", "Terminating:Retained": "end-retained"}
    return steps.get(rdb.member.lifecycle)


class Release(msgspec.Struct, frozen=True):
    """One instance on its way out: terminated with decrement while in service, its hook completed while it
    waits, ended without decrement when it is retained. A dead one at MinSize is replaced: its place cannot
    go with it."""

    instance_id: str
    how: How


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one reconcile wants done. `raise_to` is a DesiredCapacity; `repair` names walls.

    `tag` and `untag` are the RDBs whose wish to drain must be shown to them or taken back. `code` names the
    case, `reason` says it with the numbers; `rooms` says of each counted RDB whether it has room and why;
    `noted` holds facts that were ignored, `unread` what AWS did not answer. `outcome` is filled in after
    acting.
    """

    cluster: str
    at: datetime
    code: str
    reason: str
    desired: int | None = None
    counted: int = 0
    room: int = 0
    runway_minutes: float | None = None
    raise_to: int | None = None
    repair: tuple[WallName, ...] = ()
    release: tuple[Release, ...] = ()
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    alerts: tuple[Alert, ...] = ()
    tell: tuple[Alert, ...] = ()
    noted: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    carried_out: tuple[str, ...] = ()
    rooms: dict[str, Room] = {}
    triggers: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        return self.raise_to is not None or bool(
            self.repair or self.release or self.tag or self.untag or self.tell
        )

    @property
    def gist(self) -> str:
        """What has to change for the decision to be worth another record: the case, not its numbers."""
        refused = ",".join(f"{refusal.what}:{len(refusal.reasons)}" for refusal in self.refused)
        roomy = ",".join(sorted(instance_id for instance_id, room in self.rooms.items() if room.has))
        alerts = ",".join(alert.key for alert in self.alerts)
        return f"{self.code}|{roomy}|{refused}|{alerts}|{len(self.unread)}"


def decide(
    ledger: Ledger, group: Group, settings: ClusterSettings, now: datetime, commands: Iterable[Command] = ()
) -> tuple[Ledger, Decision]:
    """The decision on the facts in `ledger` (already folded with `group`), the raise before the release.

    Returns it with the ledger as it is committed before anything is done: with its intents.
    """
    new = [command for command in commands if command.command_id not in ledger.commands]
    ledger, refused = with_requests(ledger, group, settings, new, now)
    ledger = withdrawn(ledger, group, settings, now)
    asked = [command for command in new if isinstance(command, RaiseTo)]
    floors = [command for command in asked if command.floor <= group.max_size]
    capacity = capacity_of(ledger, group, settings, now)
    target = target_of(ledger, group, settings, capacity, floors, now)
    above = tuple(
        Refusal(
            "capacity",
            (f"{command.requested_by} asked for {command.floor}, but MaxSize is {group.max_size}",),
            command.command_id,
        )
        for command in asked
        if command not in floors
    )
    if target.code == "max-size":
        above = (Refusal("capacity", (target.reason,)), *above)
    wanted = {command.instance_id: command.command_id for command in new if isinstance(command, ReleaseRdb)}
    spare = (target.desired or capacity.desired) - group.min_size
    release, unreleased = _releases(ledger, group, settings, spare, wanted, now)
    walls = () if _is_over(group, settings) else missing(ledger, group, now)
    alerts = alerts_of(ledger, group, settings, capacity, target, walls, now)
    decision = Decision(
        cluster=ledger.cluster,
        at=now,
        code="release" if release and target.desired is None else target.code,
        reason=target.reason + _released(release),
        desired=capacity.desired,
        counted=len(capacity.counted),
        room=capacity.room,
        runway_minutes=runway_minutes(capacity.counted, settings),
        raise_to=target.desired,
        repair=tuple(wall.wall for wall in walls),
        release=release,
        tag=_tags(ledger, wanted=True),
        untag=_tags(ledger, wanted=False),
        refused=(*above, *refused, *unreleased),
        alerts=alerts,
        tell=tuple(alert for alert in alerts if alert.key not in ledger.told),
        carried_out=tuple(command.command_id for command in new),
        rooms=capacity.rooms,
    )
    return _intended(ledger, decision, capacity, target), decision


def _is_over(group: Group, settings: ClusterSettings) -> bool:
    """Whether a retiring cluster has nobody left to protect: whoever removes it takes its walls down."""
    return settings.retiring and not group.members and not group.desired


def _intended(ledger: Ledger, decision: Decision, capacity: Capacity, target: Target) -> Ledger:
    now, version = decision.at, ledger.version + 1
    rdbs = dict(ledger.rdbs)
    for release in decision.release:
        # Only this step takes a place of the desired capacity with it (see capacity_of).
        if release.how == "terminate":
            rdb = rdbs[release.instance_id]
            rdbs[release.instance_id] = msgspec.structs.replace(rdb, released_at=now, released_in=version)
    owed = capacity.desired > len(capacity.counted)
    return msgspec.structs.replace(
        ledger,
        rdbs=rdbs,
        asked=ledger.asked if target.desired is None else Asked(target.desired, now, version),
        commands={**ledger.commands, **dict.fromkeys(decision.carried_out, now)},
        owed_since=(ledger.owed_since or now) if owed else None,
        told={key: at for key, at in ledger.told.items() if key in {alert.key for alert in decision.alerts}},
    )


def _releases(
    ledger: Ledger,
    group: Group,
    settings: ClusterSettings,
    spare: int,
    asked_for: Mapping[str, str],
    now: datetime,
) -> tuple[tuple[Release, ...], tuple[Refusal, ...]]:
    """The instances to release in the order of their ids, and those that are refused."""
    due = {
        instance_id
        for instance_id, rdb in ledger.rdbs.items()
        if (rdb.drained or rdb.dead_at)
        and (step := how(rdb))
        and not (step == "terminate" and rdb.leaving(now))
    }
    release: list[Release] = []
    refused: list[Refusal] = []
    for instance_id in sorted(asked_for.keys() | due):
        if reasons := refusals(ledger, group, instance_id, spare, settings, now):
            refused.append(Refusal(instance_id, reasons, asked_for.get(instance_id, "")))
            continue
        step = how(ledger.rdbs[instance_id])
        assert step is not None, "the gate lets nobody pass who has no step to take"
        if step == "terminate" and spare < 1:
            step = "replace"
        release.append(Release(instance_id, step))
        spare -= step == "terminate"
    return tuple(release), tuple(refused)


def _released(release: tuple[Release, ...]) -> str:
    return "; releasing " + ", ".join(f"{r.instance_id} ({r.how})" for r in release) if release else ""


def _tags(ledger: Ledger, *, wanted: bool) -> tuple[str, ...]:
    return tuple(
        instance_id
        for instance_id, rdb in sorted(ledger.rdbs.items())
        if rdb.member
        and rdb.member.in_service
        and (rdb.drain is not None) is wanted
        and rdb.tagged is not wanted
    )
