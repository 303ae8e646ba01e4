"""Acting: a committed decision is carried out, in the order that keeps data and capacity safe."""

import math
from collections.abc import Callable, Iterable
from typing import Never

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Outcome
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.core.alerts.failed_raises import after_failed_raise, without_past_failures
from chalicelib.core.alerts.telling import with_told
from chalicelib.core.capacity.undone import answered
from chalicelib.core.decision import Decision
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.releases import Release
from chalicelib.core.release.walls import repair_of

# For what comes after the releases: some tags, alerts, and the ledger with what became of it all. And for
# what comes after the tags.
SECONDS_KEPT, SECONDS_TO_TELL = 5.0, 3.0
# A reconcile that begins with less may die between what it decided and what it did, or commits releases for
# which no time is left once it has looked.
SECONDS_TO_BEGIN = SECONDS_KEPT + 3.0


class Acting:
    """The raise first, then the walls, then the releases; after them who must be told (rules 4 and 7)."""

    def __init__(
        self,
        groups: Groups,
        instances: Instances,
        operators: Operators,
        seconds_left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._groups = groups
        self._instances = instances
        self._operators = operators
        self._seconds_left = seconds_left

    def carry_out(
        self, decision: Decision, situation: Situation, before: Ledger
    ) -> tuple[Decision, Ledger, tuple[Outcome, ...]]:
        """Act on the committed ledger of `situation`; `before` is the one that was decided on.

        Returns the decision with what else there is to tell, and that ledger with what is certain of the
        outcomes: an intent that AWS refused is taken back.
        """
        ledger, group = situation.ledger, situation.group
        outcomes: list[Outcome] = []
        if decision.target is not None:
            outcomes.append(self._groups.write_desired(group, decision.target))
            if outcomes[-1].done:
                ledger = answered(without_past_failures(ledger, needed=False))
            else:
                text, refused = outcomes[-1].text, outcomes[-1].refused
                decision, ledger = after_failed_raise(decision, ledger, before, text, refused=refused)
        for wall in decision.repair:
            # Nothing to repair if the only unprotected member is one that this decision releases.
            if repair := repair_of(wall, situation):
                outcomes.append(self._groups.repair(group, wall, repair))
        ledger = self._release(decision, situation.on(ledger), outcomes)
        ledger = self._shown(decision, ledger, outcomes)
        return decision, ledger, tuple(outcomes)

    def _release(self, decision: Decision, situation: Situation, outcomes: list[Outcome]) -> Ledger:
        """Release one after the other; those for whom no time is left stay for the next reconcile."""
        ledger, left = situation.ledger, list(decision.release)
        while left and self._seconds_left() > SECONDS_KEPT:
            release = left.pop(0)
            outcomes.append(self._released(situation.group, release))
            if outcomes[-1].refused:
                ledger = _taken_back(ledger, release)
        for release in left:
            ledger = _taken_back(ledger, release)
        if left:
            outcomes.append(_out_of_time("releases", (release.instance_id for release in left)))
        return ledger

    def tell(self, decision: Decision, ledger: Ledger) -> tuple[Ledger, list[Outcome]]:
        """Tell operators what is new, last of all; nothing else is done where nothing could be decided."""
        if not decision.has_news:
            return ledger, []
        outcome = self._operators.tell(decision)
        return with_told(ledger, decision) if outcome.done else ledger, [outcome]

    def _shown(self, decision: Decision, ledger: Ledger, outcomes: list[Outcome]) -> Ledger:
        """Show RDBs the request that they drain, or take it back; what fails is tried again."""
        left = [*((i, True) for i in decision.tag), *((i, False) for i in decision.untag)]
        while left and self._seconds_left() > SECONDS_TO_TELL:
            instance_id, drains = left.pop(0)
            show = self._instances.ask_to_drain if drains else self._instances.withdraw_drain
            outcomes.append(show(instance_id))
            ledger = ledger.with_rdb(instance_id, tagged=outcomes[-1].done is drains)
        if left:
            outcomes.append(_out_of_time("tags", (instance_id for instance_id, _ in left)))
        return ledger

    def _released(self, group: Group, release: Release) -> Outcome:
        """Take one step out of the group.

        A retained instance gets a new hook with its second termination: that one is completed when Describe
        shows it waiting again.
        """
        match release.step:
            case "terminate":
                return self._groups.terminate(release.instance_id, decrement=True)
            case "end-retained" | "replace":
                return self._groups.terminate(release.instance_id, decrement=False)
            case "continue":
                return self._groups.let_go(group, release.instance_id)
            case unknown:
                return _not_released(release.instance_id, unknown)


def _out_of_time(what: str, left: Iterable[str]) -> Outcome:
    """No call failed, but what a command asked for is not done (results.py)."""
    return Outcome(True, f"{what} of {', '.join(left)} failed: out of time, left to the next reconcile")


def _taken_back(ledger: Ledger, release: Release) -> Ledger:
    """Take back this decision's own intent; one that an earlier decision committed stands."""
    known = ledger.rdbs[release.instance_id]
    if known.released_in != ledger.version:
        return ledger
    return ledger.with_rdb(release.instance_id, released_at=None)


def _not_released(instance_id: str, step: Never) -> Outcome:
    """A step that nobody handles does nothing, since some steps cannot be undone; it counts as a failed call.

    `Never` makes the type check fail while a step of the closed set is not handled above.
    """
    text = f"release of {instance_id} failed: step {step!r} is unknown, nothing was done"
    return Outcome(False, text, refused=True)
