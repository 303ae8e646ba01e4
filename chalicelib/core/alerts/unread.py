"""Calls that read AWS and fail: since when, how often, and what operators are told (rule 11)."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

import msgspec

from chalicelib.core.facts.alert import TEXT_BYTES, Alert
from chalicelib.core.facts.ledger import Fails, Ledger
from chalicelib.core.facts.text import cut


def with_unread(
    ledger: Ledger, failures: Iterable[str], now: datetime, untaken: Collection[str] = ()
) -> Ledger:
    """Return the ledger with the calls that failed; what was called and did not fail is forgotten.

    Each of the failures begins with its operation. `untaken` are the operations that were not called though
    they are due, of which nothing new is known.
    """
    failed = {failure.partition(" ")[0]: cut(failure, TEXT_BYTES) for failure in failures}
    kept = {operation: known for operation, known in ledger.unread.items() if operation in untaken}
    for operation, text in failed.items():
        kept[operation] = Fails.after(ledger.unread.get(operation), text, now)
    return msgspec.structs.replace(ledger, unread=kept)


def unread_alerts(ledger: Ledger) -> Iterator[Alert]:
    """Yield the alert about each call that failed twice or more in a row."""
    for operation, fails in ledger.unread.items():
        if fails.is_told:
            text = (
                f"AWS could not be read since {fails.since:%FT%TZ}: {fails.text}; if it is refused, look at "
                "the role of Reconcile and at service control policies"
            )
            yield Alert.of("unread", text, operation)
