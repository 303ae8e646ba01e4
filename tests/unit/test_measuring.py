"""CloudWatch is asked for the RDBs whose reading can decide; those that rest are judged now and then."""

from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from chalicelib.contract.report import State
from chalicelib.core.facts.folding import with_samples
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import names_of, rests, wanted_of, whole_look_due
from chalicelib.core.facts.rdb import Hold, Rdb, Samples
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    launching,
    live,
    planned,
    rdb,
    read,
    report,
)

HOLD = Hold("a look", "ann", ago(60))


def rolled(said: float = 1, measured: float = 1, ready: float | None = 300) -> Rdb:
    """One that rolled long ago, by default: when it last reported, was measured, and said that it is live."""
    known = rdb(report(State.ROLLED, 86, said, window=(0, 9)), metric=read(86, measured))
    return msgspec.structs.replace(known, ready_at=None if ready is None else ago(ready))


def asked(known: Rdb, *, whole: bool, hold: Hold | None = None) -> tuple[str, ...]:
    ledger, _ = cluster({A: known}, hold=hold)
    return names_of(A, ledger, NOW, whole=whole)


@pytest.mark.parametrize(
    ("known", "names"),
    [
        (live(30), (METRIC_NAME,)),
        (rdb(report(State.STANDBY, 4)), (METRIC_NAME,)),
        (launching(), (METRIC_NAME, ROLLED_METRIC_NAME)),
        (rdb(report(State.UNKNOWN, 30), unanswered=Unanswered(ago(5), State.LIVE)), (METRIC_NAME,)),
        (rdb(report(State.UNKNOWN, 86), unanswered=Unanswered(ago(5), State.ROLLED)), ()),
        (drained(1), (METRIC_NAME,)),
        (rdb(report(State.DRAINED, 5, 1), proven=False), (METRIC_NAME,)),
        (rolled(), ()),
        (rolled(ready=24), (METRIC_NAME,)),
        (rolled(ready=25), ()),
        (rolled(said=2, measured=1, ready=24), ()),
        (rolled(said=1.9, measured=1, ready=24), (METRIC_NAME,)),
        (rolled(ready=None), ()),
    ],
)
def test_each_look_asks_for_those_whose_reading_can_decide(known: Rdb, names: tuple[str, ...]) -> None:
    assert asked(known, whole=False) == names


@pytest.mark.parametrize(
    ("known", "names"),
    [
        (live(30), (METRIC_NAME,)),
        (rolled(), (METRIC_NAME, ROLLED_METRIC_NAME)),
        (msgspec.structs.replace(rolled(), rested=True), (ROLLED_METRIC_NAME,)),
        (rolled(ready=24), (METRIC_NAME, ROLLED_METRIC_NAME)),
    ],
)
def test_a_whole_look_asks_for_all(known: Rdb, names: tuple[str, ...]) -> None:
    assert asked(known, whole=True) == names


@pytest.mark.parametrize(
    ("known", "is_so"),
    [
        (rdb(None, metric=read(86)), True),
        (rdb(report(State.STANDBY, 4, 3), metric=read(86, 2)), True),
        (rdb(report(State.STANDBY, 4, 2), metric=read(86, 2)), False),
        (rdb(report(State.DRAINED, 5, 3), metric=read(86, 1)), False),
    ],
    ids=["nothing else is known", "since its word", "before its word", "it says drained"],
)
def test_one_rests_by_the_name_of_its_metric_unless_it_says_that_it_is_drained(
    known: Rdb, is_so: bool
) -> None:
    assert not rests(known)
    assert rests(msgspec.structs.replace(known, rested=True)) is is_so


@pytest.mark.parametrize(
    ("measured_at", "names"),
    [
        (None, (ROLLED_METRIC_NAME,)),
        (ago(50.1), (ROLLED_METRIC_NAME,)),
        (ago(50), (METRIC_NAME, ROLLED_METRIC_NAME)),
    ],
)
def test_one_that_rests_and_was_not_found_under_its_name_is_asked_for_under_the_other_too(
    measured_at: datetime | None, names: tuple[str, ...]
) -> None:
    known = msgspec.structs.replace(rolled(measured=60), rested=True)
    ledger, _ = cluster({A: known})
    ledger = msgspec.structs.replace(ledger, measured_at=measured_at)
    assert names_of(A, ledger, NOW, whole=True) == names


def test_one_that_is_drained_is_asked_for_on_hold_too_since_any_look_may_lift_that() -> None:
    assert asked(drained(1), whole=False, hold=HOLD) == (METRIC_NAME,)
    alone = msgspec.structs.replace(drained(1), hold=HOLD)
    assert asked(alone, whole=False) == (METRIC_NAME,)


def test_who_rested_until_now_is_asked_for_under_both_names() -> None:
    assert asked(msgspec.structs.replace(drained(0), metric=read(86, 300)), whole=False) == (
        METRIC_NAME,
        ROLLED_METRIC_NAME,
    )


def test_a_host_that_the_ledger_does_not_know_is_asked_for_as_one_that_may_have_rolled() -> None:
    wanted = wanted_of([B], Ledger("trades"), NOW, whole=False)[B]
    assert wanted == ("trades", (METRIC_NAME, ROLLED_METRIC_NAME))


def test_every_cluster_has_one_whole_look_in_five_minutes() -> None:
    for name in ("trades", "quotes", "bonds"):
        looks = [whole_look_due(name, NOW + timedelta(minutes=minutes)) for minutes in range(10)]
        assert sum(looks) == 2
        assert looks[:5] == looks[5:]


def alerts(known: Rdb, measured: float | None = 0, *, others: bool = True) -> list[str]:
    """The alerts about one that rests, if it was last asked for so many minutes ago."""
    ledger, group = cluster({A: known, **({B: live(30)} if others else {})})
    ledger = msgspec.structs.replace(ledger, measured_at=None if measured is None else ago(measured))
    return [alert.key for alert in planned((ledger, group))[1].alerts if A in alert.key]


@pytest.mark.parametrize(("minutes", "keys"), [(19.9, []), (20, [f"silent {A}"])])
def test_one_that_rests_is_silent_after_twenty_minutes_without_a_metric(
    minutes: float, keys: list[str]
) -> None:
    assert alerts(rolled(100, minutes)) == keys


def test_it_is_judged_as_it_was_when_it_was_asked_for_last() -> None:
    assert alerts(rolled(100, 60), measured=45) == []
    assert alerts(rolled(100, 60), measured=40) == [f"silent {A}"]
    assert alerts(rolled(100, 60), measured=None) == []


def test_a_report_that_says_nothing_new_need_not_be_known() -> None:
    assert alerts(rolled(300, 1)) == []


@pytest.mark.parametrize(
    ("said", "keys"),
    [(1, [f"one-voice {A}"]), (39, [f"one-voice {A}"]), (41, [f"silent {A}"]), (74, [f"silent {A}"])],
)
def test_reports_that_go_on_after_its_metrics_ended_are_one_voice(said: float, keys: list[str]) -> None:
    assert alerts(rolled(said, 60)) == keys


def test_it_is_room_for_nobody_and_so_never_unmeasured() -> None:
    ledger, _ = cluster(
        {A: rolled(1, 300), B: live(30), C: rdb(report(State.STANDBY, 4), metric=read(4, 30))}
    )
    after = with_samples(ledger, {B: Samples(read(31, 0), read(31, 0))}).rdbs
    assert rests(after[A])
    assert (after[A].unmeasured, after[C].unmeasured) == (False, True)


def test_what_it_took_before_is_no_rate_any_more_once_it_rests() -> None:
    trail = (read(70, 20), read(80, 17))
    ledger, _ = cluster({A: msgspec.structs.replace(rolled(measured=17), trail=trail), B: live(30, 20)})
    assert with_samples(ledger, {B: Samples(read(31, 0), read(31, 0))}).rdbs[A].trail == ()
    assert with_samples(ledger, {B: Samples(read(31, 3), read(31, 3))}).rdbs[A].trail == trail


def test_one_that_rests_and_whose_q_does_not_answer_may_start_anew_and_is_asked_for_under_both_names() -> (
    None
):
    silent = rdb(report(State.UNKNOWN, 86), unanswered=Unanswered(ago(5), State.ROLLED))
    both = (METRIC_NAME, ROLLED_METRIC_NAME)
    assert asked(msgspec.structs.replace(silent, rested=True), whole=True) == both


def test_one_that_was_never_ready_has_not_rolled_whatever_its_metrics_lack() -> None:
    assert asked(rdb(report(State.BOOTING), metric=read(4, 30)), whole=False) == (METRIC_NAME,)
