"""The record of one decision after its commit: the ledger with what became of it, and the outcome."""

from collections.abc import Sequence

import msgspec

from chalicelib.adapters.clients import Outcome, Unwritten
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.decision import Decision
from chalicelib.core.facts.bounds import within_bounds
from chalicelib.core.facts.ledger import Ledger


class Record:
    """Writes that follow a commit. The facts are committed, so that one which fails is said, not raised.

    Losing one is safe: an intent that Describe does not bear out is void after two minutes.
    """

    def __init__(self, ledgers: Ledgers, committed: Ledger) -> None:
        self._ledgers = ledgers
        self._committed = self._latest = committed
        self.lost = self._refused = False
        self.failures: tuple[str, ...] = ()

    def keep(self, ledger: Ledger) -> None:
        """Write the ledger, if it says anything new.

        It is `lost` where another writer was first: who writes next looked later. After that, or once AWS
        refused, nothing more is written.
        """
        ledger = msgspec.structs.replace(ledger, version=self._latest.version)
        if self.lost or self._refused or ledger == self._latest:
            return
        try:
            written = self._ledgers.commit(within_bounds(ledger), None)
        except Unwritten as error:
            self._refused, self.failures = True, (*self.failures, str(error))
            return
        self._latest, self.lost = written or self._latest, written is None

    def end(self, decision: Decision, outcomes: Sequence[Outcome]) -> Decision:
        """Return the decision with its outcome, and with the writes that failed.

        It is written again where that is not what was meant.
        """
        said = msgspec.structs.replace(
            decision,
            outcome=tuple(outcome.text for outcome in outcomes),
            failed=sum(not outcome.done for outcome in outcomes),
        )
        if self.failures or not all(outcome.as_meant for outcome in outcomes):
            try:
                self._ledgers.record_outcome(self._with_failures(said), self._committed.version)
            except Unwritten as error:
                self.failures = (*self.failures, str(error))
        return self._with_failures(said)

    def _with_failures(self, decision: Decision) -> Decision:
        return msgspec.structs.replace(
            decision,
            outcome=(*decision.outcome, *self.failures),
            failed=decision.failed + len(self.failures),
        )
