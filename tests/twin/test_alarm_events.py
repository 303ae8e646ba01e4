"""The events of alarms are those that EventBridge delivered, and actions are refused as AWS refuses them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.twin.alarm_cases import CONTRIBUTOR_DAY, EVALUATION_DAY, EVALUATIONS, TEAMS, at
from tests.twin.alarm_helpers import ARN, advance, grouped, record, seen, single
from twin.aws.alarms.evaluation import stamp
from twin.aws.alarms.states import AlarmState, Point, contributor_id, refused_actions

Events = tuple[dict[str, Any], ...]

START = at(CONTRIBUTOR_DAY, "19:54:49.528")
CREATED = START - timedelta(seconds=98)
COMMON = {
    "version": "0",
    "source": "aws.cloudwatch",
    "account": "123456789012",
    "time": "2026-09-23T19:54:49Z",
    "region": "eu-west-1",
    "resources": [f"{ARN}memory"],
}
CONFIGURATION = {
    "metrics": [{"id": "q", "expression": TEAMS, "returnData": True, "period": 60}],
    "description": "memory of the teams",
}


@pytest.fixture
def delivered() -> list[Events]:
    """The events of four evaluations: a is above, then both, then b alone, then neither (as captured)."""
    state, told = AlarmState.created(CREATED), []
    for place, (a, b) in enumerate([(20, 5), (20, 30), (5, 30), (5, 5)]):
        now = START + timedelta(minutes=4 * place)
        published = now - timedelta(minutes=1)
        load = [Point("ns", "Load", {"Team": team}, published, value) for team, value in (("a", a), ("b", b))]
        state, events = advance(grouped(TEAMS), state, load, now)
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


def test_the_event_of_a_grouped_alarm_has_the_shape_that_was_delivered(delivered: list[Events]) -> None:
    event = delivered[0][0]
    del event["id"]
    assert event == COMMON | {
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
            "configuration": CONFIGURATION,
        },
    }


def test_the_event_of_a_contributor_has_the_shape_that_was_delivered(delivered: list[Events]) -> None:
    event = delivered[0][1]
    del event["id"]
    assert event == COMMON | {
        "detail-type": "CloudWatch Alarm Contributor State Change",
        "detail": {
            "alarmName": "memory",
            "alarmContributor": {"id": contributor_id({"Team": "a"}), "attributes": {"Team": "a"}},
            "state": {
                "value": "ALARM",
                "reason": "Threshold Crossed: 1 out of the last 1 datapoints was greater than the threshold "
                "(10.0). The most recent datapoint which crossed the threshold: [20.0 (23/09/26 19:53:00)] "
                "(minimum 1 datapoint for OK -> ALARM transition).",
                "timestamp": "2026-09-23T19:54:49.528+0000",
            },
            "configuration": CONFIGURATION,
        },
    }


def test_the_previous_state_is_the_record_that_the_contributors_had_updated(delivered: list[Events]) -> None:
    assert delivered[3][0]["detail"]["previousState"] == {
        "value": "ALARM",
        "reason": "1 out of 2 time series evaluated to ALARM",
        "reasonData": '{"version":"1.0","queryDate":"2026-09-23T20:02:49.528+0000"}',
        "timestamp": "2026-09-23T20:02:49.528+0000",
    }


def test_the_event_of_a_single_metric_names_the_metric_and_both_records() -> None:
    case = next(case for case in EVALUATIONS if case.id == "dense-nonconsecutive-m2")
    asked = at(EVALUATION_DAY, case.asked)
    new, (event,) = advance(single(case), AlarmState.created(asked), seen(case, asked), asked)
    detail = event["detail"]
    assert detail["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": "2026-09-14T05:43:07.551+0000",
    }
    assert detail["state"] == {
        "value": "ALARM",
        "reason": "Threshold Crossed: 2 out of the last 3 datapoints [100.0 (14/09/26 05:42:40), "
        "100.0 (14/09/26 05:42:20)] were greater than the threshold (50.0) "
        "(minimum 2 datapoints for OK -> ALARM transition).",
        "reasonData": new.reason_data,
        "timestamp": "2026-09-14T05:43:07.551+0000",
    }
    assert new.reason_data == (
        '{"version":"1.0","queryDate":"2026-09-14T05:43:07.551+0000","startDate":"2026-09-14T05:42:20.000+0000"'
        ',"statistic":"Average","period":10,"recentDatapoints":[100.0,0.0,100.0],"threshold":50.0,'
        '"evaluatedDatapoints":[{"timestamp":"2026-09-14T05:42:40.000+0000","sampleCount":1.0,"value":100.0},'
        '{"timestamp":"2026-09-14T05:42:20.000+0000","sampleCount":1.0,"value":100.0}]}'
    )
    (watched,) = detail["configuration"].pop("metrics")
    assert detail["configuration"] == {}
    del watched["id"]
    metric = {"namespace": "ns", "name": "Load", "dimensions": {"Team": "a"}}
    stat = {"metric": metric, "period": 10, "stat": "Average"}
    assert watched == {"metricStat": stat, "returnData": True}


def test_the_same_step_taken_twice_sends_the_same_events() -> None:
    case = EVALUATIONS[0]
    asked = at(EVALUATION_DAY, case.asked)
    prior = record(case.prior, asked)
    one, other = (advance(single(case), prior, seen(case, asked), asked) for _ in range(2))
    assert one == other


FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:on_alarm"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:operators"
SCALING = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1:autoScalingGroupName/g:policyName/p"
NO_SCALING = "Autoscaling actions are not available for Multi Time Series alarms"
NO_INSUFFICIENT = (
    "InsufficientData actions are not supported for "
    "contributor-level action types in Multi Time Series alarms"
)


@pytest.mark.parametrize(
    ("alarm", "ok", "insufficient", "message"),
    [
        ([FUNCTION], [TOPIC], [], None),
        ([SCALING], [], [], NO_SCALING),
        ([], [SCALING], [], NO_SCALING),
        ([], [], [SCALING], NO_SCALING),
        ([], [], [FUNCTION], NO_INSUFFICIENT),
        ([], [], [TOPIC], NO_INSUFFICIENT),
    ],
)
def test_a_grouped_alarm_refuses_the_actions_that_real_aws_refused(
    alarm: list[str], ok: list[str], insufficient: list[str], message: str | None
) -> None:
    assert refused_actions(TEAMS, alarm, ok, insufficient) == message


@pytest.mark.parametrize("expression", [None, 'SELECT MAX(Load) FROM "ns"'])
def test_an_alarm_that_does_not_group_takes_every_action(expression: str | None) -> None:
    assert refused_actions(expression, [SCALING], [FUNCTION], [TOPIC, SCALING]) is None
