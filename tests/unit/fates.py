"""Hosts that turn out in some way, and the launches that follow, minute by minute."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.facts.folding import with_group, with_report, with_samples
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.rdb import Reading, Samples
from chalicelib.core.facts.wake_ups import Verdict
from tests.unit.builders import (
    NOW,
    A,
    cluster,
    live,
    report,
    situation,
)


class Looks(msgspec.Struct, frozen=True):
    """How a host looks in one minute; one that is not there has died."""

    state: State | None = None
    metric: float | None = 4.0
    healthy: bool = True
    there: bool = True
    window: tuple[int, int] | None = None


Fate = Callable[[int], Looks]


def launches(fate: Fate, minutes: int = 120) -> tuple[list[int], set[str], list[str]]:
    """When hosts are launched that turn out so, minute by minute; the cases told, and the reasons."""
    ledger, group = cluster({A: live(70, 0)}, max_size=40)
    born: dict[str, int] = {}
    launched: list[int] = []
    told, reasons, desired = set[str](), list[str](), 1
    seen: dict[str, list[Reading]] = {}
    for minute in range(minutes):
        now = NOW + timedelta(minutes=minute)
        ages = {i: minute - at for i, at in born.items()}
        gone = {i for i, age in ages.items() if not fate(age).there}
        born, desired = {i: at for i, at in born.items() if i not in gone}, desired - len(gone)
        while len(born) + 1 < desired:
            born[f"i-{100 + len(launched):017x}"] = minute
            launched.append(minute)
        looks = {A: Looks(State.LIVE, 70.0, window=(0, 9))}
        looks |= {i: fate(minute - at) for i, at in born.items() if minute > at}
        members = {
            i: Member("InService", looks[i].healthy, True) if i in looks else Member("Pending", True)
            for i in (A, *born)
        }
        for instance_id, look in looks.items():
            ledger = _heard(ledger, instance_id, look, now)
        group = msgspec.structs.replace(group, members=members, desired=desired)
        ledger, _ = with_group(ledger, group, now)
        samples = {i: Reading(look.metric, now) for i, look in looks.items() if look.metric is not None}
        seen = {i: [*seen.get(i, [])[-9:], sample] for i, sample in samples.items()}
        ledger = with_samples(ledger, {i: Samples(at[-1], at[-1], at[0]) for i, at in seen.items()})
        ledger = msgspec.structs.replace(ledger, hook=HookSeen(stands=True, at=now))
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger = msgspec.structs.replace(decided.ledger, version=decided.ledger.version + 1)
        told |= {alert.key.partition(" ")[0] for alert in decided.decision.alerts}
        reasons.append(decided.decision.reason)
        desired = decided.decision.target or desired
        for release in decided.decision.release:
            born.pop(release.instance_id, None)
            desired -= 1
    return launched, told, reasons


def _heard(ledger: Ledger, instance_id: str, look: Looks, now: datetime) -> Ledger:
    if look.state is None:
        return ledger
    percent = int(look.metric or 4)
    rows = None if look.state is State.UNKNOWN else 0
    said = report(look.state, percent, 0, instance_id, int(now.timestamp() * 1000), rows, look.window)
    proof = Verdict(holds=True, why="ok") if look.state is State.DRAINED else None
    return with_report(ledger, msgspec.structs.replace(said, sent_at=now, rows=rows), now, proof)[0]
