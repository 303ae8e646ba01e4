"""The situation after operators' commands, as the rest of a decision judges it."""

import msgspec

from chalicelib.core.capacity.counted import Capacity, capacity_of, room_in
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import DrainAsked
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.situation import Situation


class Commanded(msgspec.Struct, frozen=True):
    """The situation with the holds, drains and floors of some commands, and its capacity.

    `releases` has the command ids by the id of the instance that should be released. `replaced` has, by the
    id of its command, what was there before a hold, a floor or a calendar, or that nothing was.
    """

    situation: Situation
    capacity: Capacity
    releases: dict[str, tuple[str, ...]] = {}
    refused: tuple[Refusal, ...] = ()
    replaced: dict[str, str] = {}

    @classmethod
    def of(cls, situation: Situation) -> "Commanded":
        """Return a situation before any command."""
        return cls(situation, capacity_of(situation))

    def and_refused(self, refusal: Refusal) -> "Commanded":
        """Return the same with one more refusal."""
        return msgspec.structs.replace(self, refused=(*self.refused, refusal))

    def and_replaced(self, command_id: str, text: str) -> "Commanded":
        """Return the same with what a command replaced; an empty text is nothing to say."""
        if not text:
            return self
        return msgspec.structs.replace(self, replaced={**self.replaced, command_id: text})

    def on(self, ledger: Ledger) -> "Commanded":
        """Return the same on another ledger that changes nobody's room."""
        return msgspec.structs.replace(self, situation=self.situation.on(ledger))

    def with_drain(self, instance_id: str, request: DrainAsked | None) -> "Commanded":
        """Return the same with one RDB's request to drain set or taken back.

        It changes the room of this one RDB alone, so the capacity is not computed again.
        """
        situation, capacity = self.situation, self.capacity
        back = situation.now if request is None else None
        ledger = situation.ledger.with_rdb(instance_id, drain=request, drain_taken_back=back)
        rdb = ledger.rdbs[instance_id]
        if instance_id in capacity.counted:
            capacity = capacity.with_rdb(instance_id, rdb, room_in(situation, rdb))
        return msgspec.structs.replace(self, situation=situation.on(ledger), capacity=capacity)
