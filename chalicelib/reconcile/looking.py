"""The closer look, once group and ledger are known: metrics, the hook, the dead, activities. One round."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Together, Unreadable, in_order
from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.core.alerts.launches import with_failed_launches
from chalicelib.core.capacity.undone import with_causes
from chalicelib.core.facts.folding import with_states
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import HookSeen
from chalicelib.core.facts.measuring import Wanted
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.core.looks import NO_LOOKS, Looks
from chalicelib.core.release.walls import hook_stands


class Adapters(NamedTuple):
    """The adapters that a reconcile needs; `together` makes calls that read, side by side or in order."""

    groups: Groups
    telemetry: Telemetry
    ledgers: Ledgers
    instances: Instances
    operators: Operators
    together: Together = in_order


class Looked(NamedTuple):
    """What AWS answered; an error in the place of an answer, None where nothing was asked."""

    seen: Seen
    hooks: Any = None
    down: Any = None
    activities: Any = None

    def folded(self, situation: Situation, looks: Looks) -> tuple[Situation, tuple[str, ...]]:
        """Return the situation after the looks; one that fails leaves what is known as it was."""
        ledger, now = situation.ledger, situation.now
        failures: list[str] = []
        for answer in (self.hooks, self.down, self.activities):
            if isinstance(answer, Unreadable):
                failures.append(str(answer))
        if _is_there(self.hooks):
            seen = HookSeen(hook_stands(self.hooks), now)
            ledger = msgspec.structs.replace(ledger, hook=seen)
        if _is_there(self.down):
            ledger = with_states(ledger, looks.suspects, self.down, now)
        if _is_there(self.activities):
            ledger = with_failed_launches(situation.on(ledger), self.activities)
            ledger = with_causes(ledger, (activity.cause for activity in self.activities), now)
        return situation.on(ledger), tuple(failures)


def _is_there(answer: object) -> bool:
    return answer is not None and not isinstance(answer, Unreadable)


class How(NamedTuple):
    """The way in which a cluster is looked at: with which wake-ups, and how closely.

    With `closer` everything that is due is asked for, with `whole` RDBs that rest too. `looked` has the
    answers that came already, for many clusters together.
    """

    wake_ups: Sequence[WakeUp] = ()
    closer: bool = False
    whole: bool = False
    looked: Looked | None = None


def look(
    aws: Adapters,
    wanted: Mapping[str, Wanted],
    now: datetime,
    group: Group | None = None,
    looks: Looks = NO_LOOKS,
) -> Looked:
    """Ask for the metrics that are wanted, and for all that is due of a group."""
    calls: dict[str, Callable[[], Any]] = {}
    if wanted:
        calls["seen"] = partial(aws.telemetry.samples, wanted, now)
    if group and looks.hook:
        calls["hooks"] = partial(aws.groups.hooks, group)
    if looks.suspects:
        calls["down"] = partial(aws.instances.down, looks.suspects)
    if group and (looks.activities or looks.raised):
        calls["activities"] = partial(aws.groups.activities, group)
    answers = dict(zip(calls, aws.together(list(calls.values())), strict=True))
    seen = answers.pop("seen", Seen())
    return Looked(Seen(failure=str(seen)) if isinstance(seen, Unreadable) else seen, **answers)
