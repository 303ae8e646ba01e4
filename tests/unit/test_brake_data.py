"""A host is of use once it took data and lasted, not while it starts or where it fails at once (rule 5)."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.capacity.brake import with_brake
from chalicelib.core.capacity.counted import capacity_of
from chalicelib.core.facts.ledger import Gone
from chalicelib.core.facts.rdb import LEFT, Rdb
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import SICK, A, B, C, D, ago, cluster, due, rdb, read, report, situation
from tests.unit.fates import Fate, Looks, launches


def loads(age: int) -> float:
    """The memory of a host that loads reference data while it starts."""
    return 5.0 if age < 3 else 65.0


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(lambda age: Looks(State.BOOTING, loads(age)), id="boots for ever"),
        pytest.param(
            lambda age: Looks(State.BOOTING if age < 3 else State.STANDBY, loads(age)), id="stands by"
        ),
        pytest.param(lambda age: Looks(metric=loads(age)), id="never reports"),
        pytest.param(lambda age: Looks(State.UNKNOWN, loads(age)), id="its q never answers"),
        pytest.param(lambda age: Looks(State.BOOTING, loads(age - 15)), id="boots, and loads late"),
    ],
)
def test_memory_that_rises_while_a_host_starts_is_no_data_that_it_took(fate: Fate) -> None:
    launched, told, _ = launches(fate)
    assert 2 <= len(launched) <= 4
    assert "short" in told


def fails(then: Looks) -> Fate:
    """A host that takes data for two minutes, and then looks so."""

    def fate(age: int) -> Looks:
        if age < 2:
            return Looks(State.BOOTING)
        return Looks(State.LIVE, window=(0, age)) if age < 4 else then

    return fate


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(Looks(State.UNKNOWN), id="its q dies"),
        pytest.param(Looks(metric=None), id="it falls silent"),
        pytest.param(Looks(there=False), id="the host dies"),
        pytest.param(Looks(State.LIVE, healthy=False, window=(0, 4)), id="set Unhealthy"),
        pytest.param(Looks(State.BOOTING), id="it boots for ever"),
    ],
)
def test_hosts_that_take_data_for_minutes_and_fail_are_launched_three_times_in_a_row_and_then_after_pauses(
    then: Looks,
) -> None:
    launched, told, reasons = launches(fails(then), minutes=180)
    assert 4 <= len(launched) <= 6
    assert launched[3] - launched[2] >= 30
    assert "short" in told
    assert any("no other is launched until" in reason for reason in reasons)


@pytest.mark.parametrize(("failed", "waits"), [(2, False), (3, True)])
@pytest.mark.parametrize("left", [False, True], ids=["there", "gone"])
def test_one_of_use_among_those_that_failed_young_begins_the_row_anew(
    failed: int, waits: bool, left: bool
) -> None:
    young = {f"i-{n:017x}": _failed_young(16 + 4 * n) for n in range(failed)}
    gone = {i: Gone(known.first_seen, LEFT, ago(1), took_data=True) for i, known in young.items()}
    rolled = rdb(report(State.ROLLED, 86, window=(0, 9)), seen=40)
    for since, closed in ((40, waits), (17, False)):
        known = msgspec.structs.replace(rolled, first_seen=ago(since))
        ledger, group = cluster({A: known} if left else {A: known, **young})
        ledger = msgspec.structs.replace(ledger, gone=gone if left else {})
        assert (due((ledger, group)).code == "waiting") is closed


def _failed_young(minutes: float) -> Rdb:
    unanswered = Unanswered(ago(minutes - 2), State.LIVE)
    known = rdb(report(State.UNKNOWN, 5), SICK, minutes, unanswered=unanswered)
    return msgspec.structs.replace(known, took_data=True)


def test_a_live_one_that_is_full_has_not_failed_however_young() -> None:
    full = {
        i: rdb(report(State.LIVE, 70, window=(0, 9)), seen=minutes)
        for i, minutes in ((A, 14), (B, 11), (C, 8), (D, 5))
    }
    assert due(cluster(full)).target == 5


@pytest.mark.parametrize(
    ("rose", "reported", "counts"),
    [(9, None, True), (11, None, False), (9, 9.5, True), (9, 8.5, False)],
    ids=["never reported", "while it starts", "its reports ended before", "it says booting"],
)
def test_a_metric_that_rises_shows_data_after_the_start_where_no_report_denies_it(
    rose: float, reported: float | None, counts: bool
) -> None:
    said = report(State.BOOTING, 5, reported) if reported else None
    known = msgspec.structs.replace(rdb(said, seen=20), metric=read(65, 1), earlier=read(5, rose))
    facts = situation(cluster({A: known}))
    assert (with_brake(facts, capacity_of(facts)).useful_since is not None) is counts
