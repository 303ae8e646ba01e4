"""The lines of `check`, one fact at a time."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import msgspec
import pytest

from chalicelib.core.facts.group import Group, Member
from chalicelib.core.release.walls import SUSPENDED
from highwater.deploy.commands.check import of_output
from highwater.deploy.rules import facts, judgement
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.judgement import PASSES, Alarm, Answer, Verdict

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GROUP = Group(
    name="highwater-trades-rdb",
    cluster="trades",
    tags={},
    min_size=1,
    max_size=20,
    desired=1,
    members={"i-1": Member("InService", healthy=True, protected=True)},
    suspended=SUSPENDED,
    protects_new=True,
    on_abandon="retain",
    deletion_protection="prevent-all-deletion",
)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("CREATE_COMPLETE", "ok"),
        ("UPDATE_COMPLETE", "ok"),
        ("UPDATE_ROLLBACK_COMPLETE", "warning"),
        ("UPDATE_IN_PROGRESS", "wrong"),
        ("ROLLBACK_COMPLETE", "wrong"),
        ("DELETE_FAILED", "wrong"),
    ],
)
def test_a_stack_is_good_only_at_rest_and_as_it_was_asked_for(status: str, verdict: str) -> None:
    line = judgement.stack_line("cluster", "highwater-trades", Stack("highwater-trades", "arn", status))
    assert (line.verdict, status in line.seen) == (verdict, True)


def test_a_stack_that_is_not_there_is_wrong() -> None:
    line = judgement.stack_line("cluster", "highwater-trades", None)
    assert (line.verdict, "make cluster CLUSTER=trades" in line.todo) == ("wrong", True)
    assert "make deploy" in judgement.stack_line("control plane", "highwater", None).todo


def test_an_output_that_a_stack_does_not_have_is_a_line_that_says_how_to_upgrade() -> None:
    line = of_output("operators", Stack("highwater", "arn", "CREATE_COMPLETE"), "OperatorsTopic", _never)
    assert (line.verdict, line.todo) == ("wrong", "make upgrade")


def _never(_: str) -> judgement.Line:
    raise AssertionError("nothing is to be looked at")


def test_a_group_with_all_walls_is_ok() -> None:
    assert judgement.walls_line("trades", (GROUP,), True, NOW).verdict == "ok"


@pytest.mark.parametrize(
    ("group", "hook", "said"),
    [
        (
            msgspec.structs.replace(GROUP, suspended=SUSPENDED - {"Terminate"}),
            True,
            "Terminate not suspended",
        ),
        (msgspec.structs.replace(GROUP, protects_new=False), True, "new instances are not protected"),
        (
            msgspec.structs.replace(GROUP, members={"i-1": Member("InService", healthy=True)}),
            True,
            "i-1 not protected",
        ),
        (msgspec.structs.replace(GROUP, on_abandon="terminate"), True, "is not retained"),
        (msgspec.structs.replace(GROUP, deletion_protection="none"), True, "can be deleted"),
        (GROUP, False, "hook highwater-terminating does not stand"),
    ],
)
def test_each_missing_wall_is_wrong_and_named(group: Group, hook: bool, said: str) -> None:
    line = judgement.walls_line("trades", (group,), hook, NOW)
    assert line.verdict == "wrong"
    assert said in line.seen


@pytest.mark.parametrize("groups", [(), (GROUP, msgspec.structs.replace(GROUP, name="another"))])
def test_a_cluster_without_exactly_one_group_is_wrong(groups: tuple[Group, ...]) -> None:
    line = judgement.walls_line("trades", groups, True, NOW)
    assert line.verdict == "wrong"
    assert all(group.name in line.seen for group in groups)


@pytest.mark.parametrize(
    ("suspended", "verdict"), [(frozenset(), "ok"), (frozenset({"Launch"}), "wrong"), (None, "wrong")]
)
def test_the_tickerplants_group_must_be_able_to_recover(
    suspended: frozenset[str] | None, verdict: str
) -> None:
    name = "highwater-trades-tickerplant"
    group = None if suspended is None else facts.Group(name, 1, 1, 1, suspended=suspended)
    assert judgement.tickerplant_line(name, group).verdict == verdict


@pytest.mark.parametrize(("messages", "verdict"), [(0, "ok"), (1, "wrong")])
def test_a_dead_letter_is_wrong(messages: int, verdict: str) -> None:
    assert judgement.dead_letters_line("highwater-dead-letters", messages).verdict == verdict


@pytest.mark.parametrize(("confirmed", "verdict"), [(0, "warning"), (1, "ok")])
def test_that_nobody_is_told_is_a_warning(confirmed: int, verdict: str) -> None:
    assert judgement.operators_line("arn:aws:sns:us-east-1:1:t", confirmed).verdict == verdict


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [(timedelta(minutes=3), "ok"), (timedelta(minutes=3, seconds=1), "wrong"), (None, "wrong")],
)
def test_the_clock_runs_when_a_sweep_was_logged_within_three_minutes(
    ago: timedelta | None, verdict: str
) -> None:
    newest = None if ago is None else NOW - ago
    line = judgement.sweep_line(newest, NOW, "1.42.20")
    assert (line.verdict, line.seen.endswith("botocore 1.42.20")) == (verdict, verdict == "ok")


def test_an_alarm_that_is_in_alarm_is_a_real_one_and_is_only_reported() -> None:
    line = judgement.untouched_line("highwater-memory-trades", Alarm("ALARM", "1 out of 2", NOW))
    assert line is not None
    assert line.verdict == "warning"
    assert "not touched: 1 out of 2" in line.seen


@pytest.mark.parametrize("value", ["OK", "INSUFFICIENT_DATA"])
def test_any_other_alarm_may_be_set(value: str) -> None:
    assert judgement.untouched_line("highwater-memory-trades", Alarm(value, "", NOW)) is None


def test_a_decision_after_the_alarm_is_ok_and_shows_the_seconds_between() -> None:
    answer = Answer(NOW, NOW, NOW + timedelta(seconds=7), "room", "1 has room")
    line = judgement.answer_line("highwater-memory-trades", answer, 180)
    assert line.verdict == "ok"
    assert line.seen == "7 s from highwater-memory-trades to the decision room: 1 has room"


def test_an_alarm_that_wakes_nobody_points_at_the_rule_and_one_without_a_decision_at_the_queue() -> None:
    deaf = judgement.answer_line("highwater-memory-trades", Answer(NOW), 180)
    undecided = judgement.answer_line("highwater-memory-trades", Answer(NOW, woken_at=NOW), 180)
    assert (deaf.verdict, undecided.verdict) == ("wrong", "wrong")
    assert "EventBridge" in deaf.todo
    assert "queue" in undecided.todo


def test_each_verdict_passes_or_fails_the_check() -> None:
    assert set(PASSES) == set(get_args(Verdict))
