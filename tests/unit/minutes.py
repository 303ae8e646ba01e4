"""A cluster minute by minute, as each decision leaves it to the next."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.core.decide import decide
from chalicelib.core.facts.rdb import Rdb
from tests.unit.builders import NOW, Facts, situation


def launches_of(known: Facts, newcomer: Callable[[datetime], Rdb], minutes: int = 240) -> list[int]:
    """The minutes in which a raise launches a host; each is in service at once, and is like the newcomer."""
    ledger, group = known
    launched = []
    for minute in range(minutes):
        now = NOW + timedelta(minutes=minute)
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger = decided.ledger
        if decided.decision.target:
            launched.append(minute)
            rdbs = {**ledger.rdbs, f"i-{minute + 1:017x}": newcomer(now)}
            ledger = msgspec.structs.replace(ledger, rdbs=rdbs)
            members = {i: rdb.member for i, rdb in rdbs.items() if rdb.member}
            group = msgspec.structs.replace(group, desired=decided.decision.target, members=members)
    return launched
