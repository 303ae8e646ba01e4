"""Alarms do what captured AWS alarms did, and a plain alarm is the trap that a grouped one is not."""

import json
from datetime import timedelta

import pytest

from tests.twin.alarm_cases import (
    CONTRIBUTOR_DAY,
    CONTRIBUTORS,
    EVALUATION_DAY,
    EVALUATIONS,
    FEW_POINTS,
    TEAMS,
    VANISHED,
    ContributorCase,
    EvaluationCase,
    at,
)
from tests.twin.alarm_helpers import (
    advance,
    every_ten_seconds,
    grouped,
    parsed,
    points_of,
    record,
    seen,
    single,
)
from twin.aws.alarms.evaluation import stamp
from twin.aws.alarms.states import AlarmState, Point

# fmt: off
CAPTURED = [
    "dense-nonconsecutive-m2", "dense-real-over-breaching", "dense-real-over-ignore",
    "dense-oldest-breach-expires", "dense-last-breach-ages", "dense-all-points-expire",
    "isolated-premature-m2", "sparse-nonconsecutive-m2", "sparse-old-good-expires",
    "single-good-over-breaching", "single-good-m2", "expression-100", "expression-101",
    "empty-query-control", "empty-query-constant", "empty-query-sort", "actions-no-series",
    "delivery-first-crossing", "empty-query-breaching", "limit1-displaced", "limit1-query-changed",
    "lifetime-swap-back", "lifetime-recreated",
]
# fmt: on
LEFT_OUT = {
    "expression-100": "metric math (m1 + 1), with a hundred samples in a bin: Highwater has no such alarm",
    "expression-101": "metric math (m1 + 1)",
    "empty-query-control": "metric math (m1 + 1) over a metric that never was",
    "empty-query-constant": "metric math (TIME_SERIES of a constant)",
    "empty-query-sort": "metric math (SORT over METRICS)",
}


def test_every_captured_case_is_in_a_table_or_left_out_for_a_reason() -> None:
    in_tables = [case.id for case in (*EVALUATIONS, *CONTRIBUTORS)]
    assert sorted([*in_tables, *LEFT_OUT]) == sorted(CAPTURED)


@pytest.mark.parametrize("case", EVALUATIONS, ids=lambda case: case.id)
def test_a_single_metric_gets_the_state_and_the_datapoints_that_real_aws_gave_it(
    case: EvaluationCase,
) -> None:
    asked = at(EVALUATION_DAY, case.asked)
    new, events = advance(single(case), record(case.prior, asked), seen(case, asked), asked)
    assert new.value == case.value
    assert all(part in new.reason for part in case.reason_parts), new.reason
    data = json.loads(new.reason_data or "")
    assert data["recentDatapoints"] == [None if v == "-" else float(v) for v in case.recent.split()]
    assert data.get("startDate") == (case.start and stamp(at(EVALUATION_DAY, case.start)))
    evaluated = [(point["timestamp"], point.get("value")) for point in data["evaluatedDatapoints"]]
    assert evaluated == [(stamp(at(EVALUATION_DAY, time)), value) for time, value in parsed(case.evaluated)]
    assert [event["detail"]["state"]["value"] for event in events] == [case.value]


@pytest.mark.parametrize("case", [c for c in EVALUATIONS if c.asked_before], ids=lambda case: case.id)
def test_a_single_metric_changes_state_no_earlier_than_it_did_in_real_aws(case: EvaluationCase) -> None:
    start, asked = at(EVALUATION_DAY, case.asked_before or ""), at(EVALUATION_DAY, case.asked)
    state = record(case.prior, start)
    for now in every_ten_seconds(start, asked):
        assert advance(single(case), state, seen(case, now), now) == (state, ()), now


@pytest.mark.parametrize("case", [*CONTRIBUTORS, *FEW_POINTS, *VANISHED], ids=lambda case: case.id)
def test_a_grouped_alarm_has_the_contributors_and_the_reasons_that_real_aws_gave_it(
    case: ContributorCase,
) -> None:
    asked = at(CONTRIBUTOR_DAY, case.asked)
    prior = record(case.prior, asked - timedelta(minutes=2), case.before)
    alarm = grouped(case.query, case.missing, m=case.m, n=case.n)
    new, events = advance(alarm, prior, points_of(case), asked)
    assert (new.value, new.reason) == (case.value, case.reason)
    assert json.loads(new.reason_data or "") == {"version": "1.0", "queryDate": stamp(asked)}
    assert new.since == (prior.since if case.value == case.prior else asked)
    assert [contributor.attributes["Team"] for contributor in new.contributors] == case.listed.split()
    parents = [event for event in events if "previousState" in event["detail"]]
    assert [event["detail"]["state"]["value"] for event in parents] == [case.value] * (
        case.value != case.prior
    )
    moved = [event["detail"] for event in events if "alarmContributor" in event["detail"]]
    assert [
        (detail["alarmContributor"]["attributes"]["Team"], detail["state"]["value"]) for detail in moved
    ] == [(team, value) for team, value, _ in case.moves]
    for detail, (_, _, reason) in zip(moved, case.moves, strict=True):
        assert reason in detail["state"]["reason"]


def test_sparse_breaches_keep_a_contributor_in_alarm_as_long_as_they_were_seen_to() -> None:
    case = next(case for case in FEW_POINTS if case.missing == "notBreaching")
    alarm, asked = grouped(case.query, case.missing, m=case.m, n=case.n), at(CONTRIBUTOR_DAY, case.asked)
    state, _ = advance(alarm, record(case.prior, asked), points_of(case), asked)
    for minutes in (1, 2):
        assert advance(alarm, state, points_of(case), asked + timedelta(minutes=minutes)) == (state, ())


@pytest.mark.parametrize(
    ("query", "fired"),
    [
        ('SELECT MAX(Load) FROM "ns"', ["08:05"]),
        (TEAMS, ["08:05", "08:05 a", "08:35 b"]),
    ],
    ids=["a plain alarm fires for the first only", "a grouped alarm fires for each"],
)
def test_the_trap_of_an_alarm_over_the_whole_cluster(query: str, fired: list[str]) -> None:
    start = at(CONTRIBUTOR_DAY, "08:00:00")
    state, points, told = AlarmState.created(start), [], []
    for minute in range(1, 60):
        now = start + timedelta(minutes=minute)
        full_since = {"a": 4, "b": 34}
        for team, full in full_since.items():
            value = 60 if minute > full else 5
            points.append(Point("ns", "Load", {"Team": team}, now - timedelta(seconds=20), value))
        state, events = advance(grouped(query), state, points, now)
        for event in events:
            team = event["detail"].get("alarmContributor", {}).get("attributes", {}).get("Team", "")
            if event["detail"]["state"]["value"] == "ALARM":
                told.append(f"{now:%H:%M} {team}".rstrip())
    assert told == fired
    assert state.value == "ALARM"


def test_contributors_are_listed_by_the_time_of_their_crossing_whatever_their_rank() -> None:
    start = at(CONTRIBUTOR_DAY, "08:00:30")
    state, listed = AlarmState.created(start), []
    points = [
        Point("ns", "Load", {"Team": team}, start + timedelta(minutes=minute), value if minute > full else 5)
        for team, full, value in (("a", 0, 60), ("b", 2, 90), ("c", 4, 70))
        for minute in range(8)
    ]
    for minute in range(1, 8):
        now = start + timedelta(minutes=minute)
        state, _ = advance(grouped(TEAMS), state, [point for point in points if point.at < now], now)
        listed.append("".join(contributor.attributes["Team"] for contributor in state.contributors))
    assert listed == ["", "a", "a", "ab", "ab", "abc", "abc"]


def test_a_contributor_that_publishes_no_more_leaves_once_the_alarm_has_lost_sight_of_its_last_point() -> (
    None
):
    last = at(CONTRIBUTOR_DAY, "08:00:30")
    points = [
        Point("ns", "Load", {"Team": "a"}, last, 60),
        *(Point("ns", "Load", {"Team": "b"}, last + timedelta(minutes=m), 5) for m in range(10)),
    ]
    state, left = record("ALARM", last, "a"), []
    for minute in range(1, 10):
        now = last + timedelta(minutes=minute)
        state, events = advance(grouped(TEAMS), state, points, now)
        left += [(minute, event["detail"]["state"]["reason"]) for event in events]
    assert left == [
        (8, "2 time series evaluated to OK"),
        (8, "No data was returned for this contributor"),
    ]
