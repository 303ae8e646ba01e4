"""The steps about EC2 Auto Scaling, one after the other on one group."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from chalicelib.core.release.walls import SUSPENDED
from highwater.deploy.aws.caller import code_of
from highwater.deploy.rehearsal.identity import Identity
from highwater.deploy.rehearsal.services import Services
from highwater.deploy.rehearsal.site import Row, Site, Stuck, Trial, row, words
from highwater.deploy.rehearsal.throwaway import Throwaway
from highwater.deploy.rules.steps import INSTANCES, StepId

REACTION = 60  # seconds; a group reacts to a new desired capacity after about ten
ENDING = 300
# As AWS must show them.
WALLS = {
    "TerminateHookAbandon": "retain",
    "DeletionProtection": "prevent-all-deletion",
    "NewInstancesProtectedFromScaleIn": True,
    "SuspendedProcesses": sorted(SUSPENDED),
}


def rehearse(site: Site, subnet: str, image: str) -> Iterator[Row]:
    """Run all steps. Raises Failed, and AWS's errors, when the group cannot be created."""
    identity = Identity(site)
    yield from Services(site).rows()
    yield from identity.rows()
    yield from Rehearsal(Throwaway(site, subnet, image), identity.mends).rows()


class Rehearsal:
    """The steps, in an order in which each finds what it needs; `mends` is the one that needs a role."""

    def __init__(self, group: Throwaway, mends: Trial) -> None:
        self._group = group
        self._mends = mends
        self._chosen = ""

    def rows(self) -> Iterator[Row]:
        """Create the group and run the steps. Raises Failed, and AWS's errors, when it cannot be created."""
        self._group.create(INSTANCES)
        steps: tuple[tuple[StepId, Trial], ...] = (
            ("protected", self._lowered),
            ("at-min-size", self._at_min_size),
            ("walls-shown", self._walls_shown),
            ("mended-by-role", self._mends),
            ("held", self._held),
            ("let-go", self._let_go),
            ("retained", self._retained),
            ("held-again", self._held_again),
            ("undeletable", self._undeletable),
            ("template-gone", self._template_gone),
            ("changes-told", self._changes_told),
        )
        for step, trial in steps:
            yield row(step, trial)

    def _lowered(self) -> tuple[str, bool]:
        self._group.set_desired(INSTANCES - 1)
        seen = self._group.rest(REACTION)
        self._group.set_desired(INSTANCES)
        same = seen.desired == INSTANCES - 1 and len(seen.in_service) == INSTANCES
        return f"desired is {seen.desired}, and {len(seen.in_service)} are in service", same

    def _at_min_size(self) -> tuple[str, bool]:
        self._group.suspend()
        self._group.set_min_size(INSTANCES)
        one = self._one()
        try:
            self._group.terminate(one, decrement=True)
        except ClientError as error:
            stays = one in self._group.seen().in_service
            same = stays and code_of(error) == "ValidationError" and "min" in str(error)
            return words(error), same
        return "it was accepted", False

    def _walls_shown(self) -> tuple[str, bool]:
        shown = self._group.walls()
        return ", ".join(f"{name} {value}" for name, value in shown.items()), shown == WALLS

    def _held(self) -> tuple[str, bool]:
        self._group.set_min_size(0)
        self._chosen = self._one()
        self._group.terminate(self._chosen, decrement=True)
        return self._stays_in("Terminating:Wait")

    def _let_go(self) -> tuple[str, bool]:
        before = self._group.seen()
        self._group.complete(self._chosen, "CONTINUE")
        self._gone(self._chosen)
        # Time in which somebody else could be ended or launched.
        after = self._group.rest(REACTION)
        ended, launched = (
            before.states.keys() - after.states.keys(),
            after.states.keys() - before.states.keys(),
        )
        same = ended == {self._chosen} and not launched and after.desired == INSTANCES - 1
        text = f"ended {', '.join(sorted(ended)) or 'nobody'} of {self._chosen}, launched {len(launched)}"
        return f"{text}, desired is {after.desired}", same

    def _retained(self) -> tuple[str, bool]:
        self._chosen = self._one()
        self._group.terminate(self._chosen, decrement=True)
        self._waits(self._chosen)
        self._group.complete(self._chosen, "ABANDON")
        return self._stays_in("Terminating:Retained")

    def _held_again(self) -> tuple[str, bool]:
        self._group.terminate(self._chosen, decrement=False)
        seen = self._stays_in("Terminating:Wait")
        self._group.complete(self._chosen, "CONTINUE")
        self._gone(self._chosen)
        return seen

    def _undeletable(self) -> tuple[str, bool]:
        """Try to delete the empty group without force: only the protection can prevent that."""
        for instance_id in self._group.seen().in_service:
            self._group.terminate(instance_id, decrement=True)
            self._waits(instance_id)
            self._group.complete(instance_id, "CONTINUE")
            self._gone(instance_id)
        try:
            self._group.delete()
        except ClientError as error:
            return words(error), "protect" in str(error).lower()
        return "it was accepted", False

    def _template_gone(self) -> tuple[str, bool]:
        # While the template is there: who knows what can be changed without it.
        self._group.take_walls_down()
        self._group.delete_template()
        self._group.set_desired(1)
        why = self._group.failed_launch(2 * REACTION)
        self._group.set_desired(0)
        return why or "no launch failed", "template" in why

    def _changes_told(self) -> tuple[str, bool]:
        """Raise and lower before the group reacts, as when our write undoes another's: no launch succeeds."""
        self._group.set_desired(2)
        self._group.set_desired(1)
        cause = self._group.changes_told([(0, 2), (2, 1)], 2 * REACTION)
        self._group.set_desired(0)
        return cause or "no cause of an activity has both changes", bool(cause)

    def _one(self) -> str:
        in_service = self._group.seen().in_service
        if not in_service:
            raise Stuck("nobody is in service any more")
        return in_service[0]

    def _stays_in(self, state: str) -> tuple[str, bool]:
        """Tell if the chosen instance arrives in a state and is still there after a while."""
        self._group.wait_for(lambda seen: seen.states.get(self._chosen) == state, ENDING)
        found = self._group.rest(REACTION).states.get(self._chosen, "gone")
        return f"{self._chosen} is {found} after {REACTION} s", found == state

    def _waits(self, instance_id: str) -> None:
        """Wait until the hook can be completed: right after the termination it is too early."""
        self._group.wait_for(lambda seen: seen.states.get(instance_id) == "Terminating:Wait", ENDING)

    def _gone(self, instance_id: str) -> None:
        self._group.wait_for(lambda seen: instance_id not in seen.states, ENDING)
