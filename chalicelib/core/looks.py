"""When a reconcile must look closer than one Describe shows: the hook, the dead, launches that are late."""

import msgspec

from chalicelib.core.alerts.launches import activities_due
from chalicelib.core.capacity.undone import look_due
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.walls import hook_due


class Looks(msgspec.Struct, frozen=True):
    """Calls to AWS beyond the group and the metrics that are due. `suspects` are instance ids.

    `raised` has the activities read for our last raise, by a reconcile that comes anyway.
    """

    hook: bool
    suspects: tuple[str, ...]
    activities: bool
    raised: bool = False

    @property
    def due(self) -> bool:
        """A reconcile must come for at least one look."""
        return self.hook or bool(self.suspects) or self.activities

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that a reconcile would call now."""
        called = {
            "DescribeLifecycleHooks": self.hook,
            "DescribeInstances": bool(self.suspects),
            "DescribeScalingActivities": self.activities or self.raised,
        }
        return tuple(operation for operation, is_called in called.items() if is_called)


NO_LOOKS = Looks(hook=False, suspects=(), activities=False)


def looks_of(situation: Situation, *, launch_failed: bool = False) -> Looks:
    """Return the looks that are due; on the news that a launch failed, one for the cause, if one is owed."""
    ledger, settings, now = situation.ledger, situation.settings, situation.now
    suspects = tuple(
        instance_id
        for instance_id, rdb in sorted(ledger.rdbs.items())
        if rdb.member
        and rdb.dead_at is None
        and (
            (rdb.member.in_service and not rdb.member.healthy)
            or rdb.member.ending
            or (rdb.member.pending and now - rdb.first_seen >= settings.boot_deadline)
        )
    )
    failed = launch_failed and ledger.owed_since is not None
    activities = failed or activities_due(situation) or look_due(situation, swept=True)
    return Looks(hook_due(situation), suspects, activities, look_due(situation, swept=False))
