"""Hosts that never get ready: the first is followed by one more, then launches wait (rule 5)."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.rdb import Rdb, Unanswered
from chalicelib.core.wake_ups import SetFloor
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    A,
    B,
    C,
    ago,
    cluster,
    due,
    live,
    rdb,
    read,
    report,
    rolled,
    situation,
)

NOT_HEARD_OF = rdb(seen=15)
BOOTING = rdb(report(State.BOOTING, 3), seen=15)
UNKNOWN = rdb(report(State.UNKNOWN, 3), seen=25, unanswered=Unanswered(ago(15)))


def seen(minutes: float, known: Rdb) -> Rdb:
    """The same host, first seen then."""
    return msgspec.structs.replace(known, first_seen=ago(minutes))


@pytest.mark.parametrize("bad", [NOT_HEARD_OF, BOOTING, UNKNOWN])
def test_one_more_is_launched_for_the_first_and_none_for_half_an_hour_after_the_second(bad: Rdb) -> None:
    full = {C: seen(300, rolled())}
    assert due(cluster({**full, A: bad})).code == "raise"
    waits = due(cluster({**full, A: bad, B: bad}))
    assert (waits.target, waits.code) == (None, "waiting")
    assert waits.reason == f"{A}, {B} never got ready: no other is launched until 2026-11-23T12:25:00Z"


@pytest.mark.parametrize(("hosts", "minutes"), [(2, 30), (3, 60), (4, 120), (5, 120)])
def test_pauses_double_up_to_two_hours(hosts: int, minutes: float) -> None:
    for since, code in ((minutes - 0.1, "waiting"), (minutes, "raise")):
        bad = rdb(report(State.BOOTING, 3, 1), seen=10 + since)
        assert due(cluster({f"i-{number:017x}": bad for number in range(hosts)})).code == code


@pytest.mark.parametrize(
    "proof",
    [
        seen(12, rolled()),
        seen(12, live(70)),
        rdb(metric=read(70), seen=12),
        rdb(report(State.BOOTING, 70, window=(0, 9)), seen=12),
    ],
    ids=["rolled", "live", "known by its metric alone", "booting again with the rows that it had"],
)
def test_a_host_that_got_ready_later_ends_the_pause(proof: Rdb) -> None:
    hosts = {A: seen(15, BOOTING), B: seen(15, BOOTING)}
    assert due(cluster({**hosts, C: proof})).code == "raise"
    assert due(cluster({**hosts, C: seen(60, proof)})).code == "waiting"


def test_an_operators_floor_does_not_wait() -> None:
    known = cluster({A: BOOTING, B: BOOTING})
    assert due(known, [SetFloor("c1", "ann", NOW, 3)]).target == 3


@pytest.mark.parametrize(("minutes", "is_told"), [(9.9, False), (10, True)])
@pytest.mark.parametrize("bad", [NOT_HEARD_OF, BOOTING])
def test_each_is_told_at_its_deadline(bad: Rdb, minutes: float, is_told: bool) -> None:
    decided = decide(situation(cluster({A: seen(minutes, bad), B: live(30)})))
    assert (f"never-ready {A}" in {alert.key for alert in decided.decision.alerts}) is is_told


def test_a_need_of_four_hours_costs_four_launches_and_no_more() -> None:
    """No host that is launched is ever heard of; each is in service a minute later."""
    ledger, group = cluster({A: seen(300, rolled())})
    launched = []
    for minute in range(240):
        now = NOW + timedelta(minutes=minute)
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger = decided.ledger
        if decided.decision.target:
            launched.append(minute)
            newcomer = f"i-{minute + 1:017x}"
            ledger = msgspec.structs.replace(
                ledger,
                rdbs={**ledger.rdbs, newcomer: Rdb(first_seen=now, member=IN_SERVICE, member_seen=now)},
            )
            members = {i: known.member for i, known in ledger.rdbs.items() if known.member}
            group = msgspec.structs.replace(group, desired=decided.decision.target, members=members)
    assert launched == [0, 10, 50, 120]
