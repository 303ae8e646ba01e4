"""Raises that AWS refuses: since when, how often, and what operators are told (rule 11)."""

from datetime import datetime

import msgspec

from chalicelib.core.alerts import Alert
from chalicelib.core.ledger import Fails, Ledger


def with_raise(ledger: Ledger, failure: str | None, now: datetime) -> Ledger:
    """Return the ledger after a raise was tried; `failure` is what AWS said against it."""
    if failure is None:
        return msgspec.structs.replace(ledger, raise_fails=None)
    return msgspec.structs.replace(ledger, raise_fails=Fails.after(ledger.raise_fails, failure, now))


def without_past_failures(ledger: Ledger, needed: bool) -> Ledger:
    """Return the ledger without raises that failed, once no raise is needed and no launch is owed.

    A write that was not answered is believed for two minutes: until then it does not tell that all is well.
    """
    return ledger if needed else msgspec.structs.replace(ledger, raise_fails=None)


def failing_raise(ledger: Ledger) -> Alert | None:
    """Return the alert about a raise that AWS refuses again and again; None for a first time."""
    fails = ledger.raise_fails
    if fails is None or not fails.is_told:
        return None
    text = f"raises fail since {fails.since:%FT%TZ}, {fails.times} so far: {fails.text}"
    return Alert.of("raise", text)


def failed_floor(failure: str) -> Alert:
    """Return the alert about an operator's floor that AWS refused.

    It is told at once: a floor counts for one decision, so nobody tries it again.
    """
    return Alert.of("raise", f"{failure}; an operator asked for it: ask again")
