"""The memory alarm does what captured AWS alarms did.

Captured from real AWS by radkawar/stackd, commit 9dc356f, on 23 September 2026; all times are UTC. Its alarms
compared by "greater than" where ours compares by "greater than or equal to".
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.twin.alarm_builders import ARN, NOW, TEAMS, alarm, at, load
from twin.aws.alarms.insights import Point
from twin.aws.alarms.records import AlarmState, Contributor, contributor_id, stamp
from twin.aws.alarms.states import step

Events = tuple[dict[str, Any], ...]


START = at("19:54:49.528")
CREATED = START - timedelta(seconds=98)


def advance(query: str, state: AlarmState, points: list[Point], now: datetime) -> tuple[AlarmState, Events]:
    return step(alarm(query), state, points, now, ("123456789012", "eu-west-1"))


def record(value: str, updated: datetime, teams: str = "") -> AlarmState:
    contributors = tuple(
        Contributor(contributor_id({"Team": team}), {"Team": team}, "an earlier crossing", updated)
        for team in teams.split()
    )
    return AlarmState(value, "an earlier reason", None, updated, contributors)


@dataclass(frozen=True, kw_only=True)
class Captured:
    """An evaluation of an alarm on a grouped query.

    `points` are `time=value` by the metric's dimensions. `moves` are the contributors that changed, with the
    reason where it was recorded, else with its datapoint; `listed` are those that DescribeAlarmContributors
    returned then.
    """

    id: str
    query: str
    points: dict[str, str]
    prior: str
    before: str = ""
    asked: str
    value: str
    reason: str
    moves: tuple[tuple[str, str, str], ...]
    listed: str


RANKED = "SELECT MAX(Load) FROM \"ns\" WHERE Kind = 'rank' GROUP BY Team ORDER BY MAX() DESC LIMIT 1"
NO_SERIES = "No time series were returned by the query. Treat missing data is configured as [NonBreaching]."
GONE = "No data was returned for this contributor"
LIFETIME = {
    "Kind=rank Team=a": "19:50:19=20 19:51:07=20 19:52:20=80 19:53:06=80",
    "Kind=rank Team=b": "19:50:19=40 19:51:07=40 19:52:20=40 19:53:06=40",
}

# fmt: off
CAPTURED = (
    Captured(
        id="actions-no-series", query=TEAMS, points={},
        prior="INSUFFICIENT_DATA", asked="20:56:58.620", value="OK", reason=NO_SERIES, moves=(), listed="",
    ),
    Captured(
        id="delivery-first-crossing", query=TEAMS, points={"Team=a": "19:53:00=20", "Team=b": "19:53:00=5"},
        prior="INSUFFICIENT_DATA", asked="19:54:49.528", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("a", "ALARM", "20.0 (23/09/26 19:53:00)"),), listed="a",
    ),
    Captured(
        id="limit1-displaced", query=f"{TEAMS} LIMIT 1",
        points={
            "Team=a": "19:18:17=20 19:19:18=20 19:20:25=20",
            "Team=b": "19:18:17=5 19:19:18=5 19:20:25=5",
            "Team=c": "19:20:25=40",
        },
        prior="ALARM", before="a", asked="19:21:44.463", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("c", "ALARM", "40.0 (23/09/26 19:20:00)"), ("a", "OK", GONE)), listed="c",
    ),
    Captured(
        id="limit1-query-changed",
        query="SELECT MAX(Load) FROM \"ns\" WHERE Team='b' GROUP BY Team ORDER BY MAX() DESC LIMIT 1",
        points={"Team=a": "19:20:25=20", "Team=b": "19:20:25=5 19:22:02=5", "Team=c": "19:20:25=40"},
        prior="ALARM", before="c", asked="19:23:10.371", value="OK", reason="2 time series evaluated to OK",
        moves=(("c", "OK", GONE),), listed="",
    ),
    Captured(
        id="lifetime-swap-back", query=RANKED, points=LIFETIME,
        prior="ALARM", before="b", asked="19:53:22.965", value="ALARM",
        reason="1 out of 2 time series evaluated to ALARM",
        moves=(("a", "ALARM", "80.0 (23/09/26 19:52:00)"), ("b", "OK", GONE)), listed="a",
    ),
    Captured(
        id="lifetime-recreated", query=RANKED, points=LIFETIME,
        prior="INSUFFICIENT_DATA", asked="19:54:11.864", value="ALARM",
        reason="1 out of 1 time series evaluated to ALARM",
        moves=(("a", "ALARM", "80.0 (23/09/26 19:53:00)"),), listed="a",
    ),
    Captured(
        id="vanished-notBreaching", points={"Team=a": "21:03:10=25", "Team=c": "21:03:10=35"},
        query="SELECT MAX(Load) FROM \"ns\" WHERE Team = 'never' GROUP BY Team ORDER BY MAX() DESC LIMIT 3",
        prior="ALARM", before="c a", asked="21:05:23.280", value="OK", reason=NO_SERIES,
        moves=(("c", "OK", GONE), ("a", "OK", GONE)), listed="",
    ),
)
# fmt: on


def points_of(case: Captured) -> list[Point]:
    return [
        Point("ns", "Load", dict(d.split("=") for d in dimensions.split()), at(time), float(value))
        for dimensions, pairs in case.points.items()
        for time, value in (pair.split("=") for pair in pairs.split())
    ]


@pytest.mark.parametrize("case", CAPTURED, ids=lambda case: case.id)
def test_an_alarm_has_the_contributors_and_the_reasons_that_real_aws_gave_it(case: Captured) -> None:
    asked = at(case.asked)
    prior = record(case.prior, asked - timedelta(minutes=2), case.before)
    new, events = advance(case.query, prior, points_of(case), asked)
    assert (new.value, new.reason) == (case.value, case.reason)
    assert json.loads(new.reason_data or "") == {"version": "1.0", "queryDate": stamp(asked)}
    assert [contributor.attributes["Team"] for contributor in new.contributors] == case.listed.split()
    details = [event["detail"] for event in events]
    parents = [detail["state"]["value"] for detail in details if "previousState" in detail]
    assert parents == [case.value] * (case.value != case.prior)
    moved = [detail for detail in details if "alarmContributor" in detail]
    assert [
        (detail["alarmContributor"]["attributes"]["Team"], detail["state"]["value"]) for detail in moved
    ] == [(team, value) for team, value, _ in case.moves]
    for detail, (_, _, reason) in zip(moved, case.moves, strict=True):
        assert reason in detail["state"]["reason"]


def test_contributors_are_listed_by_the_time_of_their_crossing_whatever_their_rank() -> None:
    start = at("08:00:30")
    state, listed = AlarmState.created(start), []
    points = [
        Point("ns", "Load", {"Team": team}, start + timedelta(minutes=minute), value if minute > full else 5)
        for team, full, value in (("a", 0, 60), ("b", 2, 90), ("c", 4, 70))
        for minute in range(8)
    ]
    for minute in range(1, 8):
        now = start + timedelta(minutes=minute)
        state, _ = advance(TEAMS, state, [point for point in points if point.at < now], now)
        listed.append("".join(contributor.attributes["Team"] for contributor in state.contributors))
    assert listed == ["", "a", "a", "ab", "ab", "abc", "abc"]


def test_a_contributor_leaves_once_the_alarm_has_lost_sight_of_its_last_point() -> None:
    last = at("08:00:30")
    points = [
        Point("ns", "Load", {"Team": "a"}, last, 60),
        *(Point("ns", "Load", {"Team": "b"}, last + timedelta(minutes=m), 5) for m in range(10)),
    ]
    state, left = record("ALARM", last, "a"), []
    for minute in range(1, 10):
        now = last + timedelta(minutes=minute)
        state, events = advance(TEAMS, state, points, now)
        left += [(minute, event["detail"]["state"]["reason"]) for event in events]
    assert left == [(8, "2 time series evaluated to OK"), (8, GONE)]


@pytest.fixture
def delivered() -> list[Events]:
    """The events of four evaluations: a is above, then both, then b alone, then neither (as captured)."""
    state, told = AlarmState.created(CREATED), []
    for place, (a, b) in enumerate([(20, 5), (20, 30), (5, 30), (5, 5)]):
        now = START + timedelta(minutes=4 * place)
        published = now - timedelta(minutes=1)
        load = [Point("ns", "Load", {"Team": team}, published, value) for team, value in (("a", a), ("b", b))]
        state, events = advance(TEAMS, state, load, now)
        told.append(events)
    return told


def test_the_alarm_speaks_when_its_value_changes_and_a_contributor_each_time(delivered: list[Events]) -> None:
    def who(event: dict[str, Any]) -> str:
        attributes: dict[str, str] = event["detail"].get("alarmContributor", {}).get("attributes", {})
        return attributes.get("Team", "alarm")

    assert [[f"{who(e)} {e['detail']['state']['value']}" for e in events] for events in delivered] == [
        ["alarm ALARM", "a ALARM"],
        ["b ALARM"],
        ["a OK"],
        ["alarm OK", "b OK"],
    ]
    assert len({event["id"] for events in delivered for event in events}) == 6


def test_the_events_have_the_shape_that_was_delivered(delivered: list[Events]) -> None:
    common = {
        "version": "0",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": "2026-09-23T19:54:49Z",
        "region": "eu-west-1",
        "resources": [ARN],
    }
    configuration = {
        "metrics": [{"id": "q", "expression": TEAMS, "returnData": True, "period": 60}],
        "description": "memory of the teams",
    }
    of_alarm, of_contributor = ({k: v for k, v in event.items() if k != "id"} for event in delivered[0])
    assert of_alarm == common | {
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {
            "alarmName": "memory",
            "state": {
                "value": "ALARM",
                "reason": "1 out of 2 time series evaluated to ALARM",
                "reasonData": '{"version":"1.0","queryDate":"2026-09-23T19:54:49.528+0000"}',
                "timestamp": "2026-09-23T19:54:49.528+0000",
            },
            "previousState": {
                "value": "INSUFFICIENT_DATA",
                "reason": "Unchecked: Initial alarm creation",
                "timestamp": stamp(CREATED),
            },
            "configuration": configuration,
        },
    }
    assert of_contributor == common | {
        "detail-type": "CloudWatch Alarm Contributor State Change",
        "detail": {
            "alarmName": "memory",
            "alarmContributor": {"id": contributor_id({"Team": "a"}), "attributes": {"Team": "a"}},
            "state": {
                "value": "ALARM",
                "reason": "Threshold Crossed: 1 out of the last 1 datapoints was greater than or equal to "
                "the threshold (10.0). The most recent datapoint which crossed the threshold: [20.0 "
                "(23/09/26 19:53:00)] (minimum 1 datapoint for OK -> ALARM transition).",
                "timestamp": "2026-09-23T19:54:49.528+0000",
            },
            "configuration": configuration,
        },
    }


def test_the_previous_state_is_the_record_that_the_contributors_had_updated(delivered: list[Events]) -> None:
    assert delivered[3][0]["detail"]["previousState"] == {
        "value": "ALARM",
        "reason": "1 out of 2 time series evaluated to ALARM",
        "reasonData": '{"version":"1.0","queryDate":"2026-09-23T20:02:49.528+0000"}',
        "timestamp": "2026-09-23T20:02:49.528+0000",
    }


def test_the_same_step_taken_twice_gives_the_same() -> None:
    case = CAPTURED[1]
    prior = record(case.prior, at(case.asked))
    one, other = (advance(case.query, prior, points_of(case), at(case.asked)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("value", "state"), [(9.9, "OK"), (10, "ALARM"), (11, "ALARM")], ids=["below", "at it", "above"]
)
def test_a_series_at_the_threshold_is_in_alarm(value: float, state: str) -> None:
    new, _ = advance(TEAMS, AlarmState.created(NOW), [load(value, Team="a")], NOW)
    assert new.value == state
