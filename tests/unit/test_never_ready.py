"""Hosts that never get ready: the first is followed by one more, then launches wait (rule 5)."""

from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.never_ready import is_never_ready
from chalicelib.core.decide import decide
from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.voices import Unanswered
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.builders import (
    IN_SERVICE,
    NOW,
    A,
    B,
    C,
    D,
    ago,
    cluster,
    due,
    live,
    planned,
    rdb,
    read,
    report,
    rolled,
    situation,
)
from tests.unit.minutes import launches_of

NOT_HEARD_OF = rdb(seen=15)
BOOTING = rdb(report(State.BOOTING, 3), seen=15)
UNKNOWN = rdb(report(State.UNKNOWN, 3), seen=25, unanswered=Unanswered(ago(15)))


def seen(minutes: float, known: Rdb) -> Rdb:
    """The same host, first seen then."""
    return msgspec.structs.replace(known, first_seen=ago(minutes))


@pytest.mark.parametrize("bad", [NOT_HEARD_OF, BOOTING, UNKNOWN])
def test_one_more_is_launched_for_the_first_and_none_for_half_an_hour_after_the_second(bad: Rdb) -> None:
    full = {C: seen(300, rolled())}
    earlier = msgspec.structs.replace(bad, first_seen=bad.first_seen - timedelta(minutes=10))
    assert due(cluster({**full, A: bad})).code == "raise"
    waits = due(cluster({**full, A: bad, B: earlier}))
    assert (waits.target, waits.code) == (None, "waiting")
    assert waits.reason == f"{A}, {B} never got ready: no other is launched until 2026-11-23T12:25:00Z"


def test_one_that_never_got_ready_gets_no_other_deadline_when_its_q_ceases_to_answer() -> None:
    late = rdb(report(State.UNKNOWN, 3), seen=15, unanswered=Unanswered(ago(5), State.BOOTING))
    in_time = msgspec.structs.replace(late, first_seen=ago(14.9))
    full = seen(300, rolled())
    for known, target in ((late, 3), (in_time, None)):
        found = planned(cluster({A: known, C: full}))[1]
        keys = [alert.key for alert in found.alerts]
        assert (found.target, f"never-ready {A}" in keys) == (target, target is not None)


@pytest.mark.parametrize(("hosts", "minutes"), [(2, 30), (3, 60), (4, 120), (5, 120)])
def test_pauses_double_up_to_two_hours(hosts: int, minutes: float) -> None:
    for since, code in ((minutes - 0.1, "waiting"), (minutes, "raise")):
        bad = {
            f"i-{number:017x}": seen(10 + since + 60 * number, rdb(report(State.BOOTING, 3, 1)))
            for number in range(hosts)
        }
        assert due(cluster(bad)).code == code


def test_hosts_that_were_launched_together_are_one_try() -> None:
    one = {A: seen(15, BOOTING), B: seen(14, BOOTING), C: seen(13, NOT_HEARD_OF)}
    assert due(cluster(one)).code == "raise"
    assert due(cluster({**one, D: seen(25, BOOTING)})).code == "waiting"
    assert due(cluster({**one, D: seen(24.9, BOOTING)})).code == "waiting"


@pytest.mark.parametrize(("minutes", "code"), [(15, "raise"), (24.9, "raise"), (25.1, "waiting")])
def test_a_fresh_start_ends_the_pause(minutes: float, code: str) -> None:
    ledger, group = cluster({A: seen(25, BOOTING), B: seen(15, BOOTING)})
    assert due((ledger, group)).code == "waiting"
    afresh = msgspec.structs.replace(ledger, tried_afresh=ago(minutes))
    assert due((afresh, group)).code == code


def test_another_version_of_the_launch_template_is_a_fresh_start() -> None:
    ledger, group = cluster({A: live(30)})
    for version, afresh in (("1", None), ("1", None), ("2", NOW), ("2", NOW)):
        group = msgspec.structs.replace(group, template=f"lt-1 {version}")
        ledger, _ = with_group(ledger, group, NOW)
        assert ledger.tried_afresh == afresh


@pytest.mark.parametrize(("floor", "afresh"), [(2, None), (3, NOW)])
def test_an_operators_raise_is_a_fresh_start(floor: int, afresh: datetime | None) -> None:
    known = cluster({A: BOOTING, B: live(30)})
    ledger, _ = planned(known, [SetFloor("c1", "ann", NOW, floor)])
    assert ledger.tried_afresh == afresh


@pytest.mark.parametrize(("max_size", "unit"), [(10, "vcpu"), (2, "")])
def test_a_floor_that_is_refused_is_no_fresh_start(max_size: int, unit: str) -> None:
    ledger, group = cluster({A: BOOTING, B: live(30)}, max_size=max_size)
    known = (ledger, msgspec.structs.replace(group, unit=unit))
    after, refused = planned(known, [SetFloor("c1", "ann", NOW, 3)])
    assert [refusal.what for refusal in refused.refused] == ["capacity"]
    assert after.tried_afresh is None


@pytest.mark.parametrize(
    "proof",
    [
        seen(12, rolled()),
        seen(12, live(70)),
        msgspec.structs.replace(rdb(metric=read(70), seen=12), earlier=read(20, 1.5)),
        rdb(report(State.BOOTING, 70, window=(0, 9)), seen=12),
    ],
    ids=["rolled", "live", "known by its metric alone", "booting again with the rows that it had"],
)
def test_a_host_that_got_ready_later_ends_the_pause(proof: Rdb) -> None:
    hosts = {A: seen(25, BOOTING), B: seen(15, BOOTING)}
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


def test_one_that_rolled_by_the_name_of_its_metric_was_ready_once() -> None:
    unheard = msgspec.structs.replace(rdb(None, metric=read(42), seen=30), unheard=True)
    assert is_never_ready(unheard, ClusterSettings(), NOW)
    assert not is_never_ready(msgspec.structs.replace(unheard, rested=True), ClusterSettings(), NOW)


def test_a_need_of_four_hours_costs_four_launches_and_no_more() -> None:
    """No host that is launched is ever heard of."""

    def newcomer(now: datetime) -> Rdb:
        return Rdb(first_seen=now, member=IN_SERVICE, member_seen=now)

    assert launches_of(cluster({A: seen(300, rolled())}), newcomer) == [0, 10, 50, 120]
