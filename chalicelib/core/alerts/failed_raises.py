"""Raises that AWS refuses: since when, how often, and what operators are told (rule 11)."""

import msgspec

from chalicelib.core.alerts.telling import with_failure
from chalicelib.core.capacity.counted import Capacity
from chalicelib.core.capacity.raises import Raise
from chalicelib.core.capacity.runway import runway_minutes
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Fails, Ledger
from chalicelib.core.facts.situation import Situation
from chalicelib.core.facts.text import cut

# What AWS said takes at most so much of an alert, so that what to do has its place.
AWS_BYTES = 500


def after_failed_raise(
    decision: Decision, ledger: Ledger, before: Ledger, failure: str, *, refused: bool
) -> tuple[Decision, Ledger]:
    """Return a decision and its ledger after the raise failed; `failure` is what AWS said against it.

    Only a raise that was `refused` certainly had no effect: what the ledger had `before` it of what was asked
    for, and of pauses, counts again.
    """
    fails = Fails.after(ledger.raise_fails, failure, decision.at)
    ledger = msgspec.structs.replace(ledger, raise_fails=fails)
    if decision.at_once:
        decision, ledger = with_failure(decision, ledger, _failed_floor(failure))
    if refused:
        return decision, msgspec.structs.replace(ledger, asked=before.asked, tried_afresh=before.tried_afresh)
    if ledger.asked and before.asked and before.asked.undid:
        # It may have come to nothing: what it puts back is put back again if Describe shows less.
        owed = max(ledger.asked.undid, ledger.asked.target)
        again = msgspec.structs.replace(ledger.asked, looked=False, undid=owed)
        ledger = msgspec.structs.replace(ledger, asked=again)
    return decision, ledger


def without_past_failures(ledger: Ledger, needed: bool) -> Ledger:
    """Return the ledger without raises that failed, once no raise is needed and no launch is owed.

    A write that was not answered is believed for two minutes: until then it does not tell that all is well.
    """
    return ledger if needed else msgspec.structs.replace(ledger, raise_fails=None)


def failing_raise(situation: Situation, capacity: Capacity, due: Raise) -> Alert | None:
    """Return the alert about a raise that AWS refuses again and again; None for a first time.

    It says how long that can last, and what to do until a raise works.
    """
    fails = situation.ledger.raise_fails
    if fails is None or not fails.is_told:
        return None
    left = runway_minutes(capacity.counted, situation.settings.roll_threshold)
    full = "" if left is None else f"; the live RDB is full in {left:.0f} min, as it fills now"
    target = due.target or capacity.desired
    text = (
        f"raises fail since {fails.since:%FT%TZ}, {fails.times} so far: {cut(fails.text, AWS_BYTES)}{full}; "
        "it is tried again by itself; look at the role of Reconcile, at service control policies and at "
        f"AWS's health, and raise group {situation.group.name} by hand to {target} meanwhile"
    )
    return Alert.of("raise", text)


def _failed_floor(failure: str) -> Alert:
    """Return the alert about an operator's floor that AWS refused.

    It is told at once, since somebody waits for it.
    """
    return Alert.of(
        "raise", f"{failure}; an operator asked for it; it is tried again while that floor stands"
    )
