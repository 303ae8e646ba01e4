"""The walls: settings of an RDB group that keep AWS from terminating an instance by itself (rule 7).

Walls stand on groups with `highwater:role=rdb` only: a tickerplant's group must be able to recover.
Each wall is one row of WALLS. What a row reads of the group is as AWS describes it
(adapters/autoscaling.py); what counts as standing is judged here alone.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec

from chalicelib.core.facts.ledger import HookSeen
from chalicelib.core.facts.situation import Situation

SUSPENDED = frozenset({"AZRebalance", "ReplaceUnhealthy", "Terminate"})
RETAIN = "retain"
UNDELETABLE = "prevent-all-deletion"
# `prevent-force-deletion` keeps the group as long as it has instances.
KEEPS_THE_GROUP = frozenset({UNDELETABLE, "prevent-force-deletion"})
HOOK_NAME = "highwater-terminating"
HOOK_SECONDS = 7200
# The hook as it must be: as AWS describes it, and as it is put.
HOOK: Mapping[str, str | int] = {
    "LifecycleHookName": HOOK_NAME,
    "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
    "HeartbeatTimeout": HOOK_SECONDS,
    "DefaultResult": "ABANDON",
}
# Found and repaired within an hour, also by a sweep that was lost.
HOOK_LOOKED_AT = timedelta(minutes=50)
HOOK_TRUSTED = timedelta(minutes=10)
IDS_A_CALL = 50

Operation = Literal[
    "suspend_processes", "update_auto_scaling_group", "set_instance_protection", "put_lifecycle_hook"
]


class Repair(msgspec.Struct, frozen=True):
    """One call of EC2 Auto Scaling, as boto3 names it; the group's name is added to `parameters`."""

    operation: Operation
    parameters: Mapping[str, Any]


class Wall(msgspec.Struct, frozen=True):
    """One wall: its name, the sentence that says what is open (None while it stands), and its repair.

    The repair is None where nothing is left to do: a dead member that is being released needs no protection.
    """

    name: str
    gap: Callable[[Situation], str | None]
    repair: Callable[[Situation], Repair | None]


class Missing(msgspec.Struct, frozen=True):
    """A wall that does not stand, and the sentence that says what is open."""

    wall: str
    text: str


def unprotected(situation: Situation) -> tuple[str, ...]:
    """Members in service without scale-in protection that are not on their way out by our release."""
    rdbs, now = situation.ledger.rdbs, situation.now
    members = sorted(situation.group.members.items())
    bare = (i for i, member in members if member.in_service and not member.protected)
    return tuple(i for i in bare if not ((rdb := rdbs.get(i)) and rdb.leaving(now)))


def _resumed(situation: Situation) -> str | None:
    resumed = SUSPENDED - situation.group.suspended
    return f"{', '.join(sorted(resumed))} not suspended" if resumed else None


def _bare(situation: Situation) -> str | None:
    bare = unprotected(situation)
    return f"{', '.join(bare)} not protected from scale-in" if bare else None


def _protect(situation: Situation) -> Repair | None:
    bare = list(unprotected(situation)[:IDS_A_CALL])
    parameters = {"InstanceIds": bare, "ProtectedFromScaleIn": True}
    return Repair("set_instance_protection", parameters) if bare else None


def hook_stands(hooks: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the terminating hook is, as it must be, among a group's hooks as AWS describes them."""
    return any(HOOK.items() <= hook.items() for hook in hooks)


def _hook_gap(situation: Situation) -> str | None:
    """The hook is judged by when it was last looked at: only a call of its own shows it."""
    hook = situation.ledger.hook
    return f"the terminating hook {HOOK_NAME} does not stand" if hook and not hook.stands else None


def _seen(stands: Callable[[Situation], bool], gap: str) -> Callable[[Situation], str | None]:
    return lambda situation: None if stands(situation) else gap


def _always(operation: Operation, **parameters: Any) -> Callable[[Situation], Repair]:
    return lambda _: Repair(operation, parameters)


WALLS = (
    Wall(
        "suspended",
        _resumed,
        _always("suspend_processes", ScalingProcesses=sorted(SUSPENDED)),
    ),
    Wall(
        "protects-new",
        _seen(lambda s: s.group.protects_new, "new instances are not protected from scale-in"),
        _always("update_auto_scaling_group", NewInstancesProtectedFromScaleIn=True),
    ),
    Wall("protected", _bare, _protect),
    Wall(
        "retains",
        _seen(
            lambda s: s.group.on_abandon == RETAIN,
            "an instance whose terminating hook is abandoned is not retained",
        ),
        _always(
            "update_auto_scaling_group",
            InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": RETAIN}},
        ),
    ),
    Wall(
        "undeletable",
        _seen(lambda s: s.group.deletion_protection in KEEPS_THE_GROUP, "the group can be deleted"),
        _always("update_auto_scaling_group", DeletionProtection=UNDELETABLE),
    ),
    Wall("hook", _hook_gap, _always("put_lifecycle_hook", **HOOK)),
)


def missing(situation: Situation) -> tuple[Missing, ...]:
    """Return every wall that is known not to stand."""
    return tuple(Missing(wall.name, gap) for wall in WALLS if (gap := wall.gap(situation)))


def are_new(situation: Situation) -> bool:
    """Return whether the walls of this group are still being built.

    That is until its first host may have booted, and at the first look of another release than wrote the
    ledger, which may have one more. What is missing then was never there; later somebody took it down, and
    operators are told.
    """
    known = situation.ledger.group
    if known is None or situation.ledger.is_of_another_release:
        return True
    return situation.now - known.since < situation.settings.boot_deadline


def repair_of(name: str, situation: Situation) -> Repair | None:
    """Return the call that puts one wall back up, or None where nothing is left to do."""
    (wall,) = (wall for wall in WALLS if wall.name == name)
    return wall.repair(situation)


def hook_due(situation: Situation) -> bool:
    """Return whether the hook, which only a call of its own shows, must be looked at again.

    That is every 50 minutes, before anything is released, and at once after it was missing and was repaired.
    """
    ledger = situation.ledger
    if ledger.hook is None or not ledger.hook.stands:
        return True
    leaves = any(rdb.drained or rdb.dead_at for rdb in ledger.rdbs.values())
    return situation.now - ledger.hook.at >= (HOOK_TRUSTED if leaves else HOOK_LOOKED_AT)


def against_release(gaps: tuple[Missing, ...]) -> tuple[str, ...]:
    """Return every wall that is missing, as reasons to release nothing."""
    return tuple(f"wall missing: {wall.text}" for wall in gaps)


def hook_unseen(situation: Situation) -> str | None:
    """Return the reason to release nothing where the hook is not known to stand."""
    hook = situation.ledger.hook
    if hook is None or situation.now - hook.at > HOOK_TRUSTED:
        return "wall unknown: the terminating hook was not looked at within ten minutes"
    return None


def with_hook_looked_at(situation: Situation) -> Situation:
    """Return the situation as it will be once the hook was looked at, if it stands as it did.

    For plans, which take no look: a reconcile takes it before it releases anything.
    """
    hook = situation.ledger.hook
    if hook and not hook.stands:
        return situation
    seen = HookSeen(stands=True, at=situation.now)
    return situation.on(msgspec.structs.replace(situation.ledger, hook=seen))
