"""Holds: set, lifted, and ended at their time. What is on hold is not released and not asked to drain."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Hold
from chalicelib.core.facts.wake_ups import LiftHold, SetHold

CLUSTER = "the cluster"
LONG = timedelta(days=1)


def against_hold(ledger: Ledger, command: SetHold | LiftHold) -> tuple[str, ...]:
    """Return why a hold is not set or not lifted: one command never undoes a younger one (rule 9)."""
    if command.instance_id is not None and command.instance_id not in ledger.rdbs:
        return ("not in this group",)
    standing = _hold(ledger, command.instance_id)
    if standing and standing.at > command.at:
        who = _who(command.instance_id)
        return (f"asked for at {command.at:%FT%TZ}, and since then {who} is {standing}",)
    return ()


def with_hold(ledger: Ledger, command: SetHold | LiftHold) -> Ledger:
    """Return the ledger with one hold set or lifted; nothing must stand against it."""
    match command:
        case SetHold():
            hold = Hold(command.reason, command.requested_by, command.at, command.until)
            return _changed(ledger, command.instance_id, hold)
        case LiftHold():
            return _changed(ledger, command.instance_id, None)


def replaced_hold(ledger: Ledger, command: SetHold | LiftHold) -> str:
    """Return what a hold replaces, or that there is none to lift; empty where there is nothing to say."""
    standing, who = _hold(ledger, command.instance_id), _who(command.instance_id)
    match command:
        case SetHold():
            return f"it replaces another: {who} was {standing}" if standing else ""
        case LiftHold():
            if standing:
                return ""
            others = ", ".join(whom for whom, _ in _standing(ledger) if whom)
            there = f"; {others} has a hold of its own" if others and command.instance_id is None else ""
            return f"nothing was lifted: {who} was not on hold{there}"


def without_ended_holds(ledger: Ledger, now: datetime) -> tuple[Ledger, tuple[str, ...]]:
    """Return the ledger without the holds whose time is over, and a sentence for each of them."""
    ended: list[str] = []
    for instance_id, hold in _standing(ledger):
        if hold.until and hold.until <= now:
            ended.append(f"the hold ended: {_who(instance_id)} was {hold}")
            ledger = _changed(ledger, instance_id, None)
    return ledger, tuple(ended)


def forgotten_holds(ledger: Ledger, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield whom each hold is about that has stood for a day without an end, and the sentence about it."""
    for instance_id, hold in _standing(ledger):
        if hold.until is None and now - hold.at >= LONG:
            text = f"{_who(instance_id)} is {hold}; lift it, or hold it again with an end (`until`)"
            yield instance_id or "cluster", text


def _standing(ledger: Ledger) -> list[tuple[str | None, Hold]]:
    of_rdbs = ((instance_id, rdb.hold) for instance_id, rdb in sorted(ledger.rdbs.items()))
    return [(whom, hold) for whom, hold in ((None, ledger.hold), *of_rdbs) if hold]


def _hold(ledger: Ledger, instance_id: str | None) -> Hold | None:
    return ledger.hold if instance_id is None else ledger.rdbs[instance_id].hold


def _changed(ledger: Ledger, instance_id: str | None, hold: Hold | None) -> Ledger:
    if instance_id is None:
        return msgspec.structs.replace(ledger, hold=hold)
    return ledger.with_rdb(instance_id, hold=hold)


def _who(instance_id: str | None) -> str:
    return instance_id or CLUSTER
