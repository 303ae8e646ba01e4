"""The ledger stays within its item: strangers, sentences, and what goes first when it would be too large."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
import pytest

from chalicelib.adapters.sqs import message_group
from chalicelib.contract.report import Report, State
from chalicelib.core.facts.bounds import (
    LEDGER_BYTES,
    SHRINKS,
    STRANGERS_KEPT,
    alerts_of_bounds,
    size_of,
    strangers_of,
    within_bounds,
)
from chalicelib.core.facts.folding import with_group, with_reports
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Hold, Rdb
from chalicelib.core.facts.text import cut
from chalicelib.core.facts.wake_ups import SetFloor, WakeUp
from chalicelib.core.release.gate import Gate
from tests.unit.builders import EMPTY, HOLD, IN_SERVICE, NOW, A, ago, cluster, rdb, read, report, situation


def ids(number: int, first: int = 0) -> list[str]:
    return [f"i-{n:017x}" for n in range(first, first + number)]


def flooded(ledger: Ledger, number: int) -> Ledger:
    """The ledger after so many reports about invented instances, one a second, ten a reconcile."""
    said = [
        (report(State.STANDBY, instance_id=instance_id), NOW + timedelta(seconds=second), None)
        for second, instance_id in enumerate(ids(number, first=0x1000))
    ]
    for first in range(0, number, 10):
        ledger, _ = with_reports(ledger, said[first : first + 10])
    return ledger


def test_of_three_thousand_strangers_the_newest_fifty_are_kept_and_the_ledger_stays_small() -> None:
    ledger = flooded(EMPTY, 3000)
    assert set(strangers_of(ledger)) == set(ids(STRANGERS_KEPT, first=0x1000 + 2950))
    assert size_of(ledger) < 200_000


def test_members_and_rdbs_on_hold_are_no_strangers() -> None:
    known, group = cluster({A: rdb(report(State.LIVE))})
    held = "i-00000000000000bad"
    known = msgspec.structs.replace(known, rdbs={**known.rdbs, held: Rdb(first_seen=NOW, hold=HOLD)})
    ledger = flooded(known, 200)
    assert len(ledger.rdbs) == STRANGERS_KEPT + 2
    assert ledger.rdbs[A] == known.rdbs[A]
    assert ledger.rdbs[held].hold == HOLD
    assert with_group(ledger, group, NOW)[0].rdbs.keys() == ledger.rdbs.keys()


def test_a_new_host_that_reports_amid_a_flood_is_known_once_the_group_shows_it() -> None:
    ledger = flooded(EMPTY, 100)
    ledger, _ = with_reports(ledger, [(report(State.BOOTING), NOW + timedelta(hours=1), None)])
    _, group = cluster({A: rdb()})
    known = with_group(ledger, group, NOW)[0].rdbs[A]
    assert (known.state, known.member) == (State.BOOTING, IN_SERVICE)


@pytest.mark.parametrize(("number", "told"), [(STRANGERS_KEPT - 1, False), (STRANGERS_KEPT, True)])
def test_operators_are_told_of_strangers_in_number(number: int, told: bool) -> None:
    keys = [alert.key for alert in alerts_of_bounds(flooded(EMPTY, number))]
    assert keys == (["strangers"] if told else [])


@pytest.mark.parametrize("text", ["", "x" * 300, "é" * 150])
def test_a_text_within_its_bytes_stays_as_it_is(text: str) -> None:
    assert cut(text) == text


@pytest.mark.parametrize("text", ["x" * 301, "é" * 151, "€" * 100_000, "\ud800" * 301])
def test_a_longer_text_is_cut_between_characters(text: str) -> None:
    found = cut(text)
    assert 296 <= len(found.encode()) <= 300
    assert found.endswith("...")
    assert text.encode(errors="replace").startswith(found[:-3].encode())


def placed(said: Report) -> Report:
    """A report with all that an RDB may say of its window and of where its q is."""
    times = {"first_time": ago(90), "last_time": ago(60)}
    return msgspec.structs.replace(
        said, host="ip-10-0-127-123.eu-central-1.compute.internal", port=5001, why="x" * 160, **times
    )


def crowded(number: int, strangers: int = STRANGERS_KEPT) -> Ledger:
    """A cluster with so many full RDBs, each on hold and with a forged report, and strangers."""
    hold = Hold("why " * 75, "arn:aws:sts::123456789012:assumed-role/operator/ann", ago(60))
    full = rdb(placed(report(State.ROLLED, 86, window=(10**9, 2 * 10**9))), metric=read(86), peak=read(86))
    full = msgspec.structs.replace(full, hold=hold, unproven="why " * 75, earlier=read(80, 10))
    ledger = msgspec.structs.replace(
        EMPTY,
        rdbs=dict.fromkeys(ids(number), full),
        commands={f"{n:036d}": ago(n) for n in range(200)},
    )
    return flooded(ledger, strangers)


def test_a_ledger_that_fits_is_left_as_it_is() -> None:
    ledger = crowded(100)
    assert within_bounds(ledger) is ledger


def test_strangers_go_first_and_only_as_much_goes_as_must() -> None:
    number = next(n for n in range(100, 400) if size_of(crowded(n)) > LEDGER_BYTES)
    ledger = crowded(number)
    assert within_bounds(ledger).rdbs == {i: r for i, r in ledger.rdbs.items() if r.hold}
    assert within_bounds(ledger).commands == ledger.commands


def test_the_largest_cluster_fits_and_keeps_what_the_gate_raises_and_holds_need() -> None:
    ledger = crowded(400)
    assert size_of(ledger) > 409_600
    kept = within_bounds(ledger)
    assert size_of(kept) <= LEDGER_BYTES
    assert facts(kept) == facts(Ledger(ledger.cluster, rdbs={i: ledger.rdbs[i] for i in ids(400)}))
    gate = Gate.of(situation((kept, cluster(kept.rdbs)[1])), (), spare=1)
    assert all("the RDB is on hold since" in " ".join(gate.refusals(i)) for i in ids(400))


def report_without_place(said: Report) -> Report:
    return msgspec.structs.replace(said, host=None, port=None, first_time=None, last_time=None, why=None)


def facts(ledger: Ledger) -> Mapping[str, object]:
    """What the gate, raises and holds ask of each RDB."""
    return {
        i: (
            r.state,
            r.report and report_without_place(r.report),
            r.proven,
            r.reading,
            r.peak,
            r.member,
            r.released_at,
            r.hold is not None,
        )
        for i, r in ledger.rdbs.items()
    }


@pytest.mark.parametrize("shrink", SHRINKS, ids=lambda shrink: shrink.__name__)
def test_every_step_makes_a_crowded_ledger_smaller(shrink: object) -> None:
    ledger = crowded(10)
    assert callable(shrink)
    assert size_of(shrink(ledger)) < size_of(ledger)


def test_operators_are_told_before_anything_but_strangers_is_dropped() -> None:
    ledger = crowded(400)
    assert [alert.key for alert in alerts_of_bounds(ledger)] == ["strangers", "ledger"]
    assert [alert.key for alert in alerts_of_bounds(crowded(100, 0))] == []


@pytest.mark.parametrize(("size", "is_told"), [(329_999, False), (330_000, True), (359_000, True)])
def test_a_ledger_is_told_from_its_bytes_on_with_its_numbers_and_the_bound(size: int, is_told: bool) -> None:
    """Strangers go first, and are no part of it."""
    bare = msgspec.structs.replace(EMPTY, rdbs=dict.fromkeys(ids(7), rdb(report(State.ROLLED, 86))))
    why = "x" * (size - size_of(bare.with_rdb(ids(7)[0], unproven="x")) + 1)
    alerts = alerts_of_bounds(flooded(bare.with_rdb(ids(7)[0], unproven=why), STRANGERS_KEPT - 1))
    assert [(alert.key, alert.text) for alert in alerts] == [
        (
            "ledger",
            f"the ledger has 7 RDBs and {size // 1000} of the 400 KB that it may have; above 360 KB what is "
            "least needed is dropped: let drained RDBs go, and lower MaxSize",
        )
    ] * is_told


def test_what_places_times_and_releases_take_is_no_part_of_what_is_told() -> None:
    """They go right after the strangers, before anything that a person would miss in a decision."""
    bare = rdb(placed(report(State.ROLLED, 86, window=(10**9, 2 * 10**9))))
    full = msgspec.structs.replace(bare, release="0.3.0", q_release="0.3.0")
    number = next(n for n in range(100, 800, 10) if size_of(of(full, n)) > LEDGER_BYTES)
    ledger = of(full, number)
    assert [alert.key for alert in alerts_of_bounds(ledger)] == []
    kept = within_bounds(ledger)
    assert (
        kept.rdbs
        == of(
            msgspec.structs.replace(bare, report=bare.report and report_without_place(bare.report)), number
        ).rdbs
    )


def of(known: Rdb, number: int) -> Ledger:
    return msgspec.structs.replace(EMPTY, rdbs=dict.fromkeys(ids(number), known))


def test_operators_commands_do_not_wait_behind_a_flood_of_reports() -> None:
    facts_ = [WakeUp("trades", trigger, NOW, "") for trigger in ("report", "alarm", "fleet", "sweep")]
    assert {message_group(wake_up) for wake_up in facts_} == {"trades"}
    command = WakeUp("trades", "operator", NOW, "ann", command=SetFloor("c1", "ann", NOW, 6))
    assert message_group(command) == "trades:operator"
