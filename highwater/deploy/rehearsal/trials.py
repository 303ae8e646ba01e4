"""The trials of a rehearsal, one after the other."""

from collections.abc import Callable, Iterator

import msgspec
from botocore.exceptions import ClientError

from highwater.deploy.aws.caller import code_of
from highwater.deploy.rehearsal.throwaway import Throwaway

INSTANCES = 3
REACTION = 60  # seconds; a group reacts to a new desired capacity after about ten
ENDING = 300


class Row(msgspec.Struct, frozen=True):
    """One trial: what was tried, expected and seen."""

    tried: str
    expected: str
    seen: str
    same: bool


class NobodyLeft(Exception):
    """No instance is in service any more: an earlier trial went wrong."""


class Rehearsal:
    """The trials, in an order in which each finds what it needs."""

    def __init__(self, group: Throwaway) -> None:
        self._group = group
        self._chosen = ""

    def rows(self) -> Iterator[Row]:
        """Create the group and run the trials. Raises Failed, and AWS's errors, when it cannot be created."""
        self._group.create(INSTANCES)
        steps: tuple[tuple[str, str, Callable[[], tuple[str, bool]]], ...] = (
            (
                f"SetDesiredCapacity {INSTANCES - 1} with {INSTANCES} instances, all protected from scale-in",
                f"desired is {INSTANCES - 1}, and {INSTANCES} stay in service",
                self._lowered,
            ),
            (
                f"MinSize {INSTANCES}, walls up: terminate one with decrement",
                "a ValidationError that names the minimum, and nobody ends",
                self._at_min_size,
            ),
            (
                "MinSize 0, walls up: terminate one with decrement",
                "it is held in Terminating:Wait",
                self._held,
            ),
            (
                "complete its hook with CONTINUE",
                "exactly that one is gone, and desired is lower by one",
                self._let_go,
            ),
            (
                "terminate another one, complete its hook with ABANDON",
                "it is held in Terminating:Retained",
                self._retained,
            ),
            (
                "terminate the retained one without decrement",
                "a new hook holds it in Terminating:Wait",
                self._held_again,
            ),
            (
                "end the others, delete the empty group without force",
                "refused, because of deletion protection",
                self._undeletable,
            ),
        )
        for tried, expected, step in steps:
            try:
                seen, same = step()
            except ClientError as error:
                seen, same = f"{error.operation_name} answered {_words(error)}", False
            except NobodyLeft:
                seen, same = "nobody is in service any more", False
            yield Row(tried, expected, seen, same)

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
            return _words(error), same
        return "it was accepted", False

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
            return _words(error), "protect" in str(error).lower()
        return "it was accepted", False

    def _one(self) -> str:
        in_service = self._group.seen().in_service
        if not in_service:
            raise NobodyLeft
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


def _words(error: ClientError) -> str:
    return f"{code_of(error)}: {error.response.get('Error', {}).get('Message', 'no reason given')}"
