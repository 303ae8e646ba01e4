"""Events of alarms and of the fleet are read in every shape in which AWS sends them."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contract.errors import BadInput
from chalicelib.reconcile.environment import Environment
from chalicelib.triggers.aws_events import Published, alarmed, parse_fleet_event, parse_published
from tests.unit.builders import A

NAME = "highwater-memory-trades"
INITIAL = {"value": "INSUFFICIENT_DATA", "reason": "Unchecked: Initial alarm creation", "timestamp": "t"}
CROSSED = {
    "value": "ALARM",
    "reason": "Threshold Crossed",
    "reasonData": '{"version":"1.0","recentDatapoints":[61.0]}',
    "timestamp": "2026-11-23T11:59:00.000+0000",
}
BY_HAND = {"value": "ALARM", "reason": "test", "timestamp": "2026-11-23T11:59:00.000+0000"}
CHILD = {
    "value": "ALARM",
    "reason": "arn:aws:cloudwatch:us-east-1:1:alarm:child transitioned to ALARM",
    "reasonData": '{"triggeringAlarms":[{"arn":"arn","state":{"value":"ALARM","timestamp":"t"}}]}',
    "timestamp": "2026-11-23T11:59:00.000+0000",
    "actionsSuppressedBy": "WaitPeriod",
    "actionsSuppressedReason": "Actions suppressed by WaitPeriod",
}
STAT = {
    "metric": {"namespace": "Highwater", "name": "MemoryUtilization", "dimensions": {"InstanceId": A}},
    "period": 60,
    "stat": "Maximum",
}
SINGLE = {"description": "d", "metrics": [{"id": "m1", "metricStat": STAT, "returnData": True}]}
MATH = {
    "metrics": [
        {"id": "e1", "expression": "MAX(METRICS())", "label": "e", "returnData": True},
        {"id": "m1", "metricStat": STAT, "returnData": False},
    ]
}
COMPOSITE = {
    "alarmRule": 'ALARM("child")',
    "actionsSuppressor": "s",
    "actionsSuppressorWaitPeriod": 120,
    "actionsSuppressorExtensionPeriod": 180,
}
QUERY = {
    "metrics": [{"id": "q", "expression": "SELECT ... GROUP BY InstanceId", "period": 60, "returnData": True}]
}
CONTRIBUTOR = {"id": "2868f7dcc58a8caf", "attributes": {"InstanceId": A}}
MUTED = {"mutedByArn": "arn", "muteWindowStart": "t", "muteWindowEnd": "t"}

ALARMS: list[dict[str, Any]] = [
    {"state": CROSSED, "previousState": {**CROSSED, "value": "OK"}, "configuration": SINGLE},
    {"state": CROSSED, "previousState": INITIAL, "configuration": SINGLE, "muteDetail": MUTED},
    {"state": BY_HAND, "previousState": INITIAL, "configuration": SINGLE},
    {"state": BY_HAND, "configuration": SINGLE},
    {"state": CROSSED, "previousState": INITIAL, "configuration": MATH},
    {"state": CHILD, "previousState": CHILD, "configuration": COMPOSITE},
    {"state": BY_HAND, "previousState": INITIAL, "configuration": QUERY},
    {"state": BY_HAND, "alarmContributor": CONTRIBUTOR, "configuration": QUERY},
]
KINDS = [
    "single",
    "muted",
    "by-hand",
    "no-previous-state",
    "math",
    "composite",
    "many-series-parent",
    "contributor",
]


def by_eventbridge(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": "2026-11-23T11:59:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:x"],
        "detail": detail,
    }


SHAPES = pytest.mark.parametrize("alarm", ALARMS, ids=KINDS)


@SHAPES
def test_every_shape_of_a_memory_alarm_wakes_its_cluster_with_the_alarms_own_words(
    alarm: dict[str, Any],
) -> None:
    who = A if "alarmContributor" in alarm else NAME
    expected = ("trades", f"{who} in ALARM: {alarm['state']['reason']}")
    assert alarmed(by_eventbridge({"alarmName": NAME, **alarm})) == expected


@SHAPES
@pytest.mark.parametrize("value", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_not_in_alarm_wakes_nobody(alarm: dict[str, Any], value: str) -> None:
    told = by_eventbridge({"alarmName": NAME, **alarm, "state": {**alarm["state"], "value": value}})
    assert alarmed(told) is None


@SHAPES
@pytest.mark.parametrize(
    "name", ["ServerCpuTooHigh", "highwater-memory-", "highwater-memory-a b", "my-highwater-memory-trades", 7]
)
def test_another_alarm_wakes_nobody(alarm: dict[str, Any], name: object) -> None:
    assert alarmed(by_eventbridge({"alarmName": name, **alarm})) is None


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"alarmContributor": None}, f"{NAME} in ALARM: Threshold Crossed"),
        ({"alarmContributor": {"id": "x"}}, f"{NAME} in ALARM: Threshold Crossed"),
        ({"alarmContributor": {"attributes": {"Team": "b"}}}, f"{NAME} in ALARM: Threshold Crossed"),
        ({"state": {"value": "ALARM"}}, f"{NAME} in ALARM: no reason given"),
    ],
)
def test_what_an_alarm_leaves_out_does_not_keep_it_from_waking_the_cluster(
    change: dict[str, Any], cause: str
) -> None:
    assert alarmed(by_eventbridge({"alarmName": NAME, "state": CROSSED, **change})) == ("trades", cause)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
mangled = st.fixed_dictionaries(
    {},
    optional={
        "alarmName": st.just(NAME) | anything,
        "state": st.just(BY_HAND) | st.fixed_dictionaries({"value": st.just("ALARM")}) | anything,
        "previousState": anything,
        "configuration": anything,
        "alarmContributor": st.fixed_dictionaries({"attributes": anything}) | anything,
    },
)


@settings(deadline=None)
@given(mangled | anything)
def test_no_event_whatsoever_makes_the_alarm_reader_raise(detail: Any) -> None:
    found = alarmed({"detail": detail})
    wanted = (
        isinstance(detail, dict)
        and detail.get("alarmName") == NAME
        and isinstance(detail.get("state"), dict)
        and detail["state"].get("value") == "ALARM"
    )
    assert (found is not None) == wanted


@pytest.mark.parametrize(
    ("detail", "cause"),
    [
        ({"EC2InstanceId": A}, f"EC2 Instance Launch Successful: {A}"),
        ({}, "EC2 Instance Launch Successful: no instance"),
        ({"EC2InstanceId": ""}, "EC2 Instance Launch Successful: no instance"),
    ],
)
def test_a_fleet_event_names_its_group_and_what_happened(detail: dict[str, Any], cause: str) -> None:
    event = {
        "detail-type": "EC2 Instance Launch Successful",
        "detail": {"AutoScalingGroupName": "g", **detail},
    }
    found = parse_fleet_event(event)
    assert (found.group, found.cause) == ("g", cause)


@pytest.mark.parametrize(
    "event", [{}, {"detail": None}, {"detail": []}, {"detail": {}}, {"detail": {"AutoScalingGroupName": ""}}]
)
def test_a_fleet_event_without_a_group_is_refused_by_the_fields_name(event: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^detail\.AutoScalingGroupName: must name a group$"):
        parse_fleet_event(event)


HERE = Environment(
    queue_url="",
    table="",
    operators_topic="",
    account="123456789012",
    partition="aws-cn",
    url_suffix="amazonaws.com.cn",
    region="cn-north-1",
)
TOPIC = "arn:aws-cn:sns:cn-north-1:123456789012:highwater-reports-fx-1"


def notified(topic: str) -> dict[str, Any]:
    return {"Records": [{"Sns": {"TopicArn": topic, "Message": "{}"}}]}


def test_the_cluster_of_a_message_is_that_of_its_topic() -> None:
    assert parse_published(notified(TOPIC), HERE) == Published("fx-1", "{}")


@pytest.mark.parametrize(
    "topic",
    [
        TOPIC.replace("123456789012", "999999999999"),
        TOPIC.replace("cn-north-1", "cn-north-2"),
        TOPIC.replace("aws-cn", "aws"),
        TOPIC.replace("sns", "sqs"),
        TOPIC.replace("highwater-reports-fx-1", "highwater-operators"),
        TOPIC.removesuffix("fx-1"),
        TOPIC + ":subscription",
        TOPIC + "\n",
        TOPIC + "x" * 64,
    ],
)
def test_a_message_of_any_other_topic_is_refused(topic: str) -> None:
    with pytest.raises(BadInput, match=r"^TopicArn: "):
        parse_published(notified(topic), HERE)
