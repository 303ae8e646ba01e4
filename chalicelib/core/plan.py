"""The plan: a decision with the facts it was made on, and when a sweep must have it reconciled."""

import msgspec

from chalicelib.core.decide import Decided, decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.news import is_news
from chalicelib.core.facts.wake_ups import Command
from chalicelib.core.looks import NO_LOOKS, Looks


class Plan(msgspec.Struct, frozen=True):
    """A decision, with the ledger as it was read (`known`) and as it is committed (`ledger`).

    `decided` has the facts and what was made of them, None where nothing could be decided (undecided.py).
    `looks` are the closer looks that a reconcile would take. A `whole` one asked for RDBs that rest too.
    """

    known: Ledger
    ledger: Ledger
    decision: Decision
    decided: Decided | None = None
    looks: Looks = NO_LOOKS
    whole: bool = False

    @property
    def due(self) -> bool:
        """A sweep must have it reconciled: to act, to look closer, to record, or before a fact is gone."""
        changed = self.ledger.outline() != self.known.outline()
        return self.worth_recording or self.looks.due or changed or self.known.is_of_another_release

    @property
    def says_more(self) -> bool:
        """The ledger must be written: it is worth a record, or says more than the one that was read.

        While metrics cannot be read each report counts, since those that rest are judged by nothing else.
        One of another release is written once, so that each upgrade finds a neighbour's.
        """
        owed = self.worth_recording or bool(self.ledger.unread) or self.known.is_of_another_release
        return owed or is_news(self.known, self.ledger, self.decision.at)

    @property
    def worth_recording(self) -> bool:
        """It acts, it ignored something, a command or the end of a hold came, or its reason changed."""
        decision = self.decision
        kept = decision.noted or decision.carried_out or decision.ended
        return decision.acts or bool(kept) or decision.gist != self.known.gist


class DecidedPlan(Plan, frozen=True, kw_only=True):
    """A plan where something could be decided."""

    decided: Decided

    def with_command(self, command: Command) -> Decision:
        """Return the decision on the same facts with an operator's command."""
        decision = decide(self.decided.facts, [command]).decision
        known = self.decision
        return msgspec.structs.replace(
            decision, noted=known.noted, ended=known.ended, unread=known.unread, triggers=("operator",)
        )
