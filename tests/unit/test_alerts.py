"""Alerts to operators, once each time that one starts: the late, the silent, the dead, the full."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.answering import unanswered_after
from chalicelib.core.facts.folding import with_report
from chalicelib.core.facts.group import Group, Member
from chalicelib.core.facts.ledger import Fails, Ledger
from chalicelib.core.facts.rdb import Rdb
from chalicelib.core.facts.voices import Unanswered
from tests.unit.builders import (
    NOW,
    RETAINED,
    SICK,
    TERMINATING,
    A,
    B,
    C,
    ago,
    cluster,
    drained,
    live,
    planned,
    rdb,
    read,
    report,
    situation,
    told,
)

Facts = tuple[Ledger, Group]
FULL = report(State.ROLLED, 86, 1, window=(10, 1010))


def decision(known: Facts) -> Decision:
    return planned(known)[1]


def ending(member: Member, minutes: float = 5) -> Rdb:
    return msgspec.structs.replace(rdb(FULL, member), ending_since=ago(minutes))


def test_a_calm_cluster_tells_nobody_anything() -> None:
    assert told(cluster({A: live(30)})) == {}


def test_a_scale_threshold_below_an_idle_host_is_told_while_a_drained_rdb_still_leaves() -> None:
    idle = rdb(report(State.STANDBY, 75))
    found = decision(cluster({A: idle, B: drained(1, 20)}))
    assert [alert.key for alert in found.alerts] == ["idle-above-scale"]
    assert [release.instance_id for release in found.release] == [B]


def test_an_rdb_that_aws_ends_by_itself_is_told_with_its_window_and_until_when_it_is_held() -> None:
    text = told(cluster({A: live(30), B: ending(TERMINATING)}))[f"terminating {B}"]
    assert "not by Highwater: window (10, 1010], 1000 rows" in text
    assert "until 2026-11-23T13:55:00Z, retained then" in text


def test_an_rdb_that_we_released_on_its_proof_is_no_alert() -> None:
    leaver = msgspec.structs.replace(
        rdb(report(State.DRAINED), TERMINATING), ending_since=ago(1), released_at=ago(1)
    )
    assert told(cluster({A: live(30), B: leaver})) == {}


def test_an_rdb_that_proved_to_be_empty_may_be_ended_by_anybody_without_an_alert() -> None:
    proven = msgspec.structs.replace(drained(), member=TERMINATING, ending_since=ago(1))
    unproven = msgspec.structs.replace(proven, proven_sequence=None)
    assert told(cluster({A: live(30), B: proven})) == {}
    assert f"terminating {B}" in told(cluster({A: live(30), B: unproven}))


def test_an_rdb_that_was_retained_is_told() -> None:
    text = told(cluster({A: live(30), B: ending(RETAINED)}))[f"retained {B}"]
    assert "window (10, 1010], 1000 rows" in text


def test_a_dead_rdb_that_held_data_is_told_with_what_was_lost_from_memory() -> None:
    dead = msgspec.structs.replace(rdb(FULL, SICK), dead_at=NOW)
    found = decision(cluster({A: live(30), B: dead}))
    (alert,) = found.alerts
    assert alert.text == (
        f"{B} was terminated in EC2: window (10, 1010], 1000 rows lost from memory, replayable from the log"
    )
    assert [(r.instance_id, r.step) for r in found.release] == [(B, "terminate")]


def test_a_dead_rdb_that_was_drained_lost_nothing() -> None:
    dead = msgspec.structs.replace(drained(), member=SICK, dead_at=NOW)
    assert told(cluster({A: live(30), B: dead})) == {}


def test_a_dead_rdb_that_only_claimed_to_be_drained_is_told() -> None:
    claimed = rdb(report(State.DRAINED, 5), SICK, proven=False)
    dead = msgspec.structs.replace(claimed, dead_at=NOW)
    assert list(told(cluster({A: live(30), B: dead}))) == [f"dead {B}"]


@pytest.mark.parametrize(("minutes", "silent"), [(14.9, False), (15, True)])
def test_a_live_rdb_that_falls_silent_is_told_with_its_window(minutes: float, silent: bool) -> None:
    alerts = told(cluster({A: live(30, minutes), B: rdb(report(State.STANDBY, 4))}))
    assert (f"silent {A}" in alerts) is silent
    if silent:
        assert "window (0, 9]" in alerts[f"silent {A}"]


@pytest.mark.parametrize("lifecycle", ["EnteringStandby", "Standby"])
def test_an_rdb_that_somebody_set_aside_in_its_group_is_told_like_any_other(lifecycle: str) -> None:
    member = Member(lifecycle, healthy=True, protected=True)
    held = Unanswered(ago(30), State.LIVE, "window (0, 9], 1000 rows")
    unanswered = rdb(report(State.UNKNOWN), member, unanswered=held)
    alerts = told(cluster({A: rdb(report(State.LIVE, 30, 600), member), B: live(30), C: unanswered}))
    assert {f"silent {A}", f"unknown {C}"} <= alerts.keys()


@pytest.mark.parametrize("state", State)
def test_every_rdb_that_got_ready_is_reported_as_silent_by_its_name(state: State) -> None:
    alerts = told(cluster({A: rdb(report(state, 30, 600)), B: live(30)}))
    assert (f"silent {A}" in alerts) is (state is not State.BOOTING)
    assert (f"never-ready {A}" in alerts) is (state is State.BOOTING)


@pytest.mark.parametrize(("minutes", "silent"), [(14.9, False), (15, True)])
def test_an_rdb_that_is_known_by_its_metric_alone_is_reported_as_silent(minutes: float, silent: bool) -> None:
    alerts = told(cluster({A: rdb(metric=read(30, minutes)), B: live(30)}))
    assert (f"silent {A}" in alerts) is silent


@pytest.mark.parametrize("state", State)
def test_an_rdb_that_ec2_stopped_is_told_with_its_window_whatever_it_was(state: State) -> None:
    known = msgspec.structs.replace(rdb(report(state, 30, 600, window=(0, 9)), SICK), stopped_at=ago(2))
    alerts = told(cluster({A: known, B: live(30)}))
    assert list(alerts) == [f"stopped {A}"]
    assert alerts[f"stopped {A}"].startswith(
        f"{A} ({state}) is stopped in EC2, seen at 2026-11-23T11:58:00Z: "
    )
    assert "window (0, 9]" in alerts[f"stopped {A}"]


def test_a_live_rdb_that_ec2_stopped_before_it_said_its_window_is_looked_up_in_the_log() -> None:
    known = msgspec.structs.replace(rdb(report(State.LIVE, 4), SICK), stopped_at=ago(2))
    assert "no window known, so look into the log" in told(cluster({A: known, B: live(30)}))[f"stopped {A}"]


IDLE = report(State.STANDBY, 4, rows=0)
LONG_AGO = report(State.STANDBY, 4, 20, rows=0)


@pytest.mark.parametrize(
    ("case", "known"),
    [
        ("stopped", msgspec.structs.replace(rdb(IDLE, SICK), stopped_at=ago(2))),
        ("dead", msgspec.structs.replace(rdb(IDLE, SICK), dead_at=ago(2))),
        ("silent", rdb(LONG_AGO)),
        (
            "unknown",
            rdb(report(State.UNKNOWN, 4), unanswered=unanswered_after(rdb(IDLE), State.UNKNOWN, ago(20))),
        ),
    ],
)
def test_an_alert_about_a_standby_says_that_it_held_nothing(case: str, known: Rdb) -> None:
    text = told(cluster({A: known, B: live(30)}))[f"{case} {A}"]
    assert "was standby and held nothing" in text
    assert "no window known" not in text


def test_a_standby_that_reports_rows_is_not_said_to_have_held_nothing() -> None:
    known = msgspec.structs.replace(rdb(report(State.STANDBY, 4, rows=7), SICK), stopped_at=ago(2))
    assert "no window known, so look into the log" in told(cluster({A: known, B: live(30)}))[f"stopped {A}"]


@pytest.mark.parametrize("unread", [False, True])
def test_no_host_is_to_blame_for_a_metric_that_cannot_be_read(unread: bool) -> None:
    ledger, group = cluster({A: msgspec.structs.replace(live(30), metric=read(30, 20))})
    if unread:
        ledger = msgspec.structs.replace(ledger, unread={"GetMetricData": Fails(ago(20), 9, "refused")})
    alerts = told((ledger, group))
    assert list(alerts) == (["unread GetMetricData"] if unread else [f"one-voice {A}"])


def test_a_stopped_rdb_is_not_released_and_has_no_room() -> None:
    known = msgspec.structs.replace(rdb(report(State.STANDBY, 4), SICK), stopped_at=ago(2))
    found = decision(cluster({A: known, B: live(70)}))
    assert (found.release, found.target) == ((), 3)


def test_a_silent_rdb_is_never_released() -> None:
    assert decision(cluster({A: live(30, 600), B: live(30)})).release == ()


@pytest.mark.parametrize(("minutes", "is_told"), [(9.9, False), (10, True)])
@pytest.mark.parametrize("before", [State.LIVE, State.ROLLED, State.STANDBY, State.DRAINED])
def test_a_q_that_does_not_answer_is_told_with_what_it_held(
    before: State, minutes: float, is_told: bool
) -> None:
    held = Unanswered(ago(minutes), before, "window (0, 9], 1000 rows")
    alerts = told(cluster({A: rdb(report(State.UNKNOWN), unanswered=held), B: live(30)}))
    assert (f"unknown {A}" in alerts) is is_told
    if is_told:
        assert "q does not answer since" in alerts[f"unknown {A}"]
        assert "window (0, 9]" in alerts[f"unknown {A}"]


def test_a_host_that_fell_silent_altogether_is_told_once() -> None:
    held = Unanswered(ago(30), State.LIVE, "window (0, 9], 1000 rows")
    alerts = told(cluster({A: rdb(report(State.UNKNOWN, 30, 20), unanswered=held), B: live(30)}))
    assert [key for key in alerts if key.endswith(A)] == [f"silent {A}"]


@pytest.mark.parametrize(("minutes", "is_told"), [(9.9, False), (10, True)])
def test_a_q_that_flaps_is_told_by_the_time_that_it_did_not_answer_in_all(
    minutes: float, is_told: bool
) -> None:
    held = Unanswered(ago(1), State.STANDBY, counted_from=ago(minutes))
    alerts = told(cluster({A: rdb(report(State.UNKNOWN), unanswered=held), B: live(30)}))
    assert (f"unknown {A}" in alerts) is is_told
    if is_told:
        assert "nor time and again before" in alerts[f"unknown {A}"]


@pytest.mark.parametrize(
    "boots", [{0, 1}, {0, 9, 18}, set(range(0, 40, 2)), {m for m in range(40) if m % 9}], ids=str
)
def test_a_host_that_flips_between_standby_and_booting_is_told_at_its_first_deadline(boots: set[int]) -> None:
    stands = [bool(text) for text in never_ready(dict.fromkeys(boots, State.BOOTING))]
    assert not any(stands[:10])
    assert any(stands) is (len(boots) > 2)
    assert sum(stands[11:]) >= (28 if len(boots) > 3 else 0)


def never_ready(says: dict[int, State], silent_from: int = 40) -> list[str]:
    """What `never-ready` or `silent` tells in each of 40 minutes of an RDB that else says standby."""
    ledger, group = cluster({A: rdb(report(State.STANDBY, 4, 41)), B: live(30, 0)})
    texts = []
    for minute in range(40):
        at = ago(40 - minute)
        said = report(says.get(minute, State.STANDBY), 4, 40 - minute)
        if minute < silent_from:
            ledger, _ = with_report(ledger, said, at)
        facts = msgspec.structs.replace(situation((ledger, group)), now=at)
        told = {alert.key: alert.text for alert in decide(facts).decision.alerts}
        texts.append(told.get(f"never-ready {A}", "") or told.get(f"silent {A}", ""))
    return texts


SLOW = dict.fromkeys(range(12), State.BOOTING)


def test_a_restart_that_is_slow_is_told_until_it_is_back() -> None:
    texts = never_ready(SLOW)
    assert [minute for minute, text in enumerate(texts) if text] == [10, 11]
    assert all("and is not ready again: booting" in text for text in texts[10:12])


def test_a_restart_that_is_slow_and_followed_by_another_is_told_as_boots_time_and_again() -> None:
    texts = never_ready({**SLOW, 15: State.BOOTING})
    assert [minute for minute, text in enumerate(texts) if text] == [10, 11, *range(15, 26)]
    assert "and boots time and again: standby" in texts[16]


def test_one_that_boots_time_and_again_and_falls_silent_is_told_as_silent() -> None:
    texts = never_ready({**SLOW, 14: State.BOOTING}, silent_from=16)
    assert all("time and again" in text for text in texts[15:25])
    assert not any(texts[25:30])
    assert all("silent since" in text for text in texts[30:])


def test_a_restart_whose_q_ceases_to_answer_past_its_deadline_is_not_ready_again() -> None:
    hung = dict.fromkeys(range(12, 40), State.UNKNOWN)
    texts = never_ready({**SLOW, **hung})
    assert not any(texts[:10])
    assert all("and is not ready again: " in text for text in texts[10:])


@pytest.mark.parametrize(("minutes", "is_told"), [(9.9, False), (10, True)])
def test_a_restart_that_does_not_get_ready_again_is_told_after_its_own_deadline(
    minutes: float, is_told: bool
) -> None:
    known = rdb(report(State.BOOTING, 2, 0.5), seen=600)
    restarted = msgspec.structs.replace(known, ready_at=ago(60), restarted_at=ago(minutes))
    alerts = told(cluster({A: restarted, B: live(30)}))
    assert list(alerts) == ([f"never-ready {A}"] if is_told else [])
    if is_told:
        assert "restarted at 2026-11-23T11:50:00Z and is not ready again" in alerts[f"never-ready {A}"]
