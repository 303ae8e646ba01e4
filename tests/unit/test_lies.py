"""Words that cannot be true, or that come from one side only: they are told (rule 10)."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import Report, State
from chalicelib.core.alerts.rdb_alerts import alert_of_rdb
from chalicelib.core.facts.clocks import with_ahead
from chalicelib.core.facts.folding import with_report, with_samples
from chalicelib.core.facts.rdb import Rdb, Reading, Samples
from chalicelib.core.facts.wake_ups import Ahead
from tests.unit.builders import (
    DEFAULTS,
    NOW,
    A,
    B,
    ago,
    cluster,
    decision,
    live,
    planned,
    rdb,
    read,
    report,
    rolled,
)

FORWARD = [State.BOOTING, State.STANDBY, State.LIVE, State.ROLLED, State.DRAINED]


def told(known: Rdb) -> list[str]:
    alerts = decision(cluster({A: known, B: live(30)})).alerts
    return [alert.text for alert in alerts if alert.key in (f"contradiction {A}", f"one-voice {A}")]


def after(*states: State, minutes: float = 1) -> Rdb:
    """An RDB that said these one after the other, the last one so many minutes ago."""
    ledger, _ = cluster({A: rdb(metric=read(30, minutes))})
    for number, state in enumerate(states):
        said = report(state, 30, minutes + len(states) - 1 - number)
        ledger, _ = with_report(ledger, said, said.sent_at)
    return ledger.rdbs[A]


@pytest.mark.parametrize("before", FORWARD)
@pytest.mark.parametrize("then", FORWARD)
def test_a_life_that_goes_back_is_told_unless_it_begins_anew(before: State, then: State) -> None:
    back = then is not State.BOOTING and FORWARD.index(then) < FORWARD.index(before)
    assert bool(told(after(before, then))) is back


def test_a_forged_word_is_told_when_the_honest_one_follows() -> None:
    (text,) = told(after(State.STANDBY, State.ROLLED, State.STANDBY))
    assert text.startswith(
        f"{A} said rolled and then standby, at 2026-11-23T11:59:00Z: two speak in its name"
    )


@pytest.mark.parametrize(
    ("state", "ahead", "is_told"),
    [(State.STANDBY, 30, True), (State.ROLLED, 30, False), (State.STANDBY, -1, False)],
    ids=["another state", "the same state", "one that was only overtaken on its way"],
)
def test_a_word_that_mutes_the_honest_one_by_a_sequence_ahead_of_the_time_is_told(
    state: State, ahead: int, is_told: bool
) -> None:
    ledger, _ = cluster({A: rdb(metric=read(30))})
    of_now = int(NOW.timestamp() * 1000)
    forged = report(State.ROLLED, 30, 1, sequence=of_now + ahead * 1000)
    ledger, _ = with_report(ledger, forged, ago(0.5))
    honest = report(state, 30, 0, sequence=of_now - 2000)
    ledger, ignored = with_report(ledger, honest, NOW)
    assert ignored is not None
    assert ledger.rdbs[A].state is State.ROLLED
    assert bool(told(ledger.rdbs[A])) is is_told


@pytest.mark.parametrize("ahead", [5, 59])
def test_a_host_whose_clock_is_ahead_contradicts_nobody_when_one_report_overtakes_another(ahead: int) -> None:
    ledger, _ = cluster({A: rdb(report(State.STANDBY, 4, 5))})
    sent = int(NOW.timestamp() * 1000) + ahead * 1000
    ledger, _ = with_report(ledger, report(State.LIVE, 4, sequence=sent), NOW)
    overtaken = report(State.STANDBY, 4, sequence=sent - 500)
    ledger, ignored = with_report(ledger, overtaken, NOW + timedelta(seconds=4))
    assert ignored is not None
    assert told(ledger.rdbs[A]) == []


@pytest.mark.parametrize(
    ("refused", "is_told"),
    [
        ([2, 1], True),
        ([1], False),
        ([12, 11], False),
        ([12, 1], False),
        ([24, 13, 2], False),
        ([2, 1, 0], True),
        ([11, 6, 1], True),
        ([11, 1], True),
        ([12, 11, 10.9], True),
    ],
)
def test_a_host_whose_reports_are_refused_for_its_clock_is_told_with_that_cause(
    refused: list[int], is_told: bool
) -> None:
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 40), metric=read(4, 1)), B: live(30)})
    ledger = with_ahead(ledger, [(Ahead(A, 75), ago(minutes)) for minutes in refused])
    alerts = {alert.key: alert.text for alert in planned((ledger, group))[1].alerts}
    assert list(alerts) == ([f"clock {A}"] if is_told else [f"one-voice {A}"])
    if is_told:
        assert "its clock is 75 s ahead" in alerts[f"clock {A}"]


@pytest.mark.parametrize(("apart", "is_told"), [(70, True), (72, False)])
def test_the_clock_of_one_that_reports_each_hour_is_told_at_the_second_report_that_is_refused(
    apart: int, is_told: bool
) -> None:
    ledger, group = cluster({A: rolled(), B: live(30)})
    ledger = with_ahead(ledger, [(Ahead(A, 600), ago(minutes)) for minutes in (apart, 0)])
    ledger = ledger.with_rdb(A, received_at=ago(200))
    assert (f"clock {A}" in [alert.key for alert in planned((ledger, group))[1].alerts]) is is_told


@pytest.mark.parametrize(
    ("came", "keys"),
    [
        ("ahead 3, ahead 2, own 1", []),
        ("own 4, ahead 3, ahead 2", [f"clock {A}"]),
        ("ahead 6, own 4, ahead 2", [f"contradiction {A}"]),
        ("ahead 19, own 17, ahead 14.9, own 1", [f"contradiction {A}"]),
        ("ahead 19, own 17, ahead 15, own 1", []),
        ("ahead 14, own 8, ahead 3, own 1", []),
    ],
)
def test_reports_ahead_of_the_time_are_no_clock_of_a_host_whose_own_are_accepted(
    came: str, keys: list[str]
) -> None:
    ledger, group = cluster({A: rdb(metric=read(4)), B: live(30)})
    for who, minutes in (one.split() for one in came.split(", ")):
        if who == "ahead":
            ledger = with_ahead(ledger, [(Ahead(A, 75), ago(float(minutes)))])
        else:
            own = report(State.STANDBY, 4, float(minutes))
            ledger, _ = with_report(ledger, own, own.sent_at)
    assert [alert.key for alert in planned((ledger, group))[1].alerts] == keys


def test_a_clock_of_an_instance_that_is_no_member_is_nobodys() -> None:
    ledger, _ = cluster({B: live(30)})
    assert with_ahead(ledger, [(Ahead(A, 75), ago(1))]) == ledger


def test_a_q_that_did_not_answer_in_between_may_have_begun_anew() -> None:
    assert told(after(State.LIVE, State.UNKNOWN, State.STANDBY)) == []


@pytest.mark.parametrize(("minutes", "stands"), [(14.9, True), (15, False)])
def test_a_contradiction_is_told_for_a_quarter_of_an_hour(minutes: float, stands: bool) -> None:
    known = after(State.ROLLED, State.STANDBY, minutes=minutes)
    fresh = msgspec.structs.replace(known, received_at=ago(1), metric=read(30))
    contradicted = known.contradiction
    assert contradicted is not None
    assert contradicted.at == ago(minutes)
    assert bool(told(fresh)) is stands


@pytest.mark.parametrize(
    ("reported", "measured", "late"),
    [(1, 1, None), (14.9, 1, None), (1, 14.9, None), (15, 1, "report"), (1, 15, "metric")],
)
def test_a_host_of_which_only_reports_or_only_metrics_come_is_told(
    reported: float, measured: float, late: str | None
) -> None:
    texts = told(rdb(report(State.STANDBY, 4, reported), metric=read(4, measured)))
    assert [text.split(": ")[1].split(" since")[0] for text in texts] == ([f"no {late}"] if late else [])


@pytest.mark.parametrize(("minutes", "is_told"), [(14.9, False), (15, True)])
@pytest.mark.parametrize(
    ("said", "metric", "late"),
    [(report(State.STANDBY, 4), None, "metric"), (None, read(4, 0), "report")],
    ids=["reports alone", "metrics alone"],
)
def test_a_voice_that_never_came_is_told_like_one_that_ended(
    minutes: float, is_told: bool, said: Report | None, metric: Reading | None, late: str
) -> None:
    known = rdb(said, metric=metric, seen=minutes)
    texts = told(known)
    assert [text.split(": ")[1].split(" since")[0] for text in texts] == ([f"no {late}"] if is_told else [])
    slow = msgspec.structs.replace(DEFAULTS, lead=timedelta(minutes=20))
    assert alert_of_rdb(A, known, slow, NOW) is None


@pytest.mark.parametrize(("minutes", "has"), [(14.9, True), (15, False)])
def test_a_report_whose_metrics_never_came_is_no_room_where_others_have_theirs(
    minutes: float, has: bool
) -> None:
    """Where CloudWatch has nobody's, it is room."""
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 0), metric=None, seen=minutes), B: rolled()})
    seen = with_samples(ledger, {B: Samples(read(90, 0), read(90, 0))})
    assert (planned((seen, group))[1].target is None) is has
    without = with_samples(ledger.with_rdb(B, metric=None), {})
    assert planned((without, group))[1].target is None


@pytest.mark.parametrize(("apart", "has"), [(14.9, True), (15, False)])
def test_a_report_alone_is_no_room_once_its_metrics_have_ended_and_those_of_others_have_not(
    apart: float, has: bool
) -> None:
    """A standby fell silent, and somebody else says in its name that it waits."""
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 0), metric=read(4, apart)), B: rolled()})
    seen = with_samples(ledger, {B: Samples(read(90, 0), read(90, 0))})
    assert (planned((seen, group))[1].target is None) is has


def test_where_cloudwatch_fails_for_all_a_report_alone_is_room() -> None:
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 0), metric=read(4, 90)), B: rolled()})
    ledger = ledger.with_rdb(B, metric=read(90, 90))
    assert planned((with_samples(ledger, {}), group))[1].target is None


def test_a_forged_rolled_about_the_only_standby_costs_one_launch() -> None:
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 2)), B: live(70)})
    forged, _ = with_report(ledger, report(State.ROLLED, 4, 1), ago(1))
    assert planned((forged, group))[1].target == 3
    raised = msgspec.structs.replace(group, desired=3)
    assert planned((forged, raised))[1].target is None
    honest, _ = with_report(forged, report(State.STANDBY, 4, 0), NOW)
    found = planned((honest, group))[1]
    assert (found.target, [alert.key for alert in found.alerts]) == (None, [f"contradiction {A}"])
