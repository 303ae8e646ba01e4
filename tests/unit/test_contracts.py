"""What comes in from outside is validated at the edge; what is refused is refused by name."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.contracts import (
    RaiseTo,
    ReleaseRdb,
    Report,
    State,
    WakeUp,
    alarmed,
    parse_fleet_event,
    parse_report,
    parse_wake_up,
)
from chalicelib.errors import BadInput
from tests.unit.builders import NOW, A, report, reports, wire

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


def by_direct_call(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source": "aws.cloudwatch",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x",
        "accountId": "123456789012",
        "time": "2026-11-23T11:59:00.000+0000",
        "region": "us-east-1",
        "alarmData": detail,
    }


WAYS = pytest.mark.parametrize("way", [by_eventbridge, by_direct_call])
SHAPES = pytest.mark.parametrize("alarm", ALARMS, ids=KINDS)


@WAYS
@SHAPES
def test_every_shape_of_a_memory_alarm_wakes_its_cluster_with_the_alarms_own_words(
    way: Any, alarm: dict[str, Any]
) -> None:
    who = A if "alarmContributor" in alarm else NAME
    expected = ("trades", f"{who} in ALARM: {alarm['state']['reason']}")
    assert alarmed(way({"alarmName": NAME, **alarm})) == expected


@WAYS
@SHAPES
@pytest.mark.parametrize("value", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_not_in_alarm_wakes_nobody(way: Any, alarm: dict[str, Any], value: str) -> None:
    assert alarmed(way({"alarmName": NAME, **alarm, "state": {**alarm["state"], "value": value}})) is None


@WAYS
@SHAPES
@pytest.mark.parametrize(
    "name", ["ServerCpuTooHigh", "highwater-memory-", "highwater-memory-a b", "my-highwater-memory-trades", 7]
)
def test_another_alarm_wakes_nobody(way: Any, alarm: dict[str, Any], name: object) -> None:
    assert alarmed(way({"alarmName": name, **alarm})) is None


@WAYS
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
    way: Any, change: dict[str, Any], cause: str
) -> None:
    assert alarmed(way({"alarmName": NAME, "state": CROSSED, **change})) == ("trades", cause)


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
@given(st.sampled_from(["detail", "alarmData"]), mangled | anything)
def test_no_event_whatsoever_makes_the_alarm_reader_raise(key: str, detail: Any) -> None:
    found = alarmed({key: detail})
    wanted = (
        isinstance(detail, dict)
        and detail.get("alarmName") == NAME
        and isinstance(detail.get("state"), dict)
        and detail["state"].get("value") == "ALARM"
    )
    assert (found is not None) == wanted


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"version": 2}, "version", "Invalid enum value 2"),
        ({"version": "1"}, "version", "got `str`"),
        ({"cluster": ""}, "cluster", "matching regex"),
        ({"cluster": "a b"}, "cluster", "matching regex"),
        ({"cluster": "-trades"}, "cluster", "matching regex"),
        ({"cluster": "t" * 65}, "cluster", "matching regex"),
        ({"cluster": None}, "cluster", "Expected `str`"),
        ({"instance_id": "i-123"}, "instance_id", "matching regex"),
        ({"instance_id": A.upper()}, "instance_id", "matching regex"),
        ({"instance_id": f"x{A}"}, "instance_id", "matching regex"),
        ({"sequence": -1}, "sequence", ">= 0"),
        ({"sequence": 1.5}, "sequence", "Expected `int`"),
        ({"sequence": "1790000000123"}, "sequence", "Expected `int`"),
        ({"sequence": 2**63}, "sequence", ""),
        ({"state": "alive"}, "state", "Invalid enum value 'alive'"),
        ({"state": "LIVE"}, "state", "Invalid enum value 'LIVE'"),
        ({"memory_used": -1}, "memory_used", ">= 0"),
        ({"memory_used": "9"}, "memory_used", "Expected `int`"),
        ({"memory_used": 4075520001}, "memory_used", "at most memory_total"),
        ({"memory_total": 0}, "memory_total", ">= 1"),
        ({"memory_total": None}, "memory_total", "Expected `int`"),
        ({"rows": -1}, "rows", ">= 0"),
        ({"rows": True}, "rows", "got `bool`"),
        ({"rows": None}, "rows", "must be null when the state is unknown"),
        ({"state": "unknown"}, "rows", "must be null when the state is unknown"),
        ({"first_index": -1}, "first_index", ">= 0"),
        ({"first_index": ...}, "first_index", "come together"),
        ({"last_index": ...}, "first_index", "come together"),
        ({"last_index": 96111}, "last_index", "at least first_index"),
        ({"last_index": "x"}, "last_index", "got `str`"),
        ({"sent_at": "yesterday"}, "sent_at", "RFC3339"),
        ({"sent_at": "2026-11-23T11:59:07"}, "sent_at", "timezone"),
        ({"sent_at": 1790000000}, "sent_at", "Expected `datetime`"),
    ],
)
def test_a_report_with_one_forged_field_is_refused_by_the_fields_name(
    change: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(BadInput) as caught:
        parse_report(wire(**change).decode(), NOW)
    assert caught.value.field == field
    assert rule in caught.value.rule
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    "field",
    [
        "version",
        "cluster",
        "instance_id",
        "sequence",
        "state",
        "memory_used",
        "memory_total",
        "rows",
        "sent_at",
    ],
)
def test_a_report_without_a_required_field_is_refused_by_the_fields_name(field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field}: is missing$"):
        parse_report(wire(**{field: ...}).decode(), NOW)


def test_a_report_with_an_offset_is_kept_in_utc() -> None:
    report = parse_report(wire(sent_at="2026-11-23T16:59:07+05:00").decode(), NOW)
    assert report.sent_at.isoformat() == "2026-11-23T11:59:07+00:00"


def test_a_time_that_is_out_of_range_in_utc_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^sent_at: is out of range in UTC$"):
        parse_report(wire(sent_at="0001-01-01T00:00:00+05:00").decode(), NOW)


@pytest.mark.parametrize("text", ["", "{", "drained", '{"version": 1,}', "\x00"])
def test_a_message_that_is_not_json_is_refused_as_such(text: str) -> None:
    with pytest.raises(BadInput, match=r"^message: is not JSON"):
        parse_report(text, NOW)


@pytest.mark.parametrize("text", ["[]", "null", "7", '"drained"'])
def test_a_message_that_is_no_object_is_refused_as_such(text: str) -> None:
    with pytest.raises(BadInput, match=r"^message: Expected `object`"):
        parse_report(text, NOW)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_whatsoever_gets_past_the_edge_but_a_report(text: str) -> None:
    with pytest.raises(BadInput):
        parse_report(text, NOW)


@pytest.mark.parametrize(("ahead", "refused"), [(0, False), (900_000, False), (900_001, True)])
def test_a_sequence_more_than_15_minutes_ahead_of_its_receipt_is_refused(ahead: int, refused: bool) -> None:
    text = wire(sequence=int(NOW.timestamp() * 1000) + ahead).decode()
    if refused:
        with pytest.raises(BadInput, match=r"^sequence: \d+ is more than 15 minutes ahead"):
            parse_report(text, NOW)
    else:
        assert parse_report(text, NOW).sequence == int(NOW.timestamp() * 1000) + ahead


def test_a_field_that_nobody_knows_is_ignored() -> None:
    assert parse_report(wire(mood="good", notes={"a": [1]}).decode(), NOW) == parse_report(
        wire().decode(), NOW
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.UNKNOWN])
def test_every_state_is_understood_before_and_after_the_window_is_known(state: State) -> None:
    for window in ({}, {"first_index": ..., "last_index": ...}):
        found = parse_report(wire(state=state.value, **window).decode(), NOW)
        assert found.state is state
        assert (found.last_index is None) == bool(window)


def test_a_reporter_whose_q_does_not_answer_says_so_without_rows() -> None:
    found = parse_report(wire(state="unknown", rows=None).decode(), NOW)
    assert (found.state, found.rows) == (State.UNKNOWN, None)


@settings(deadline=None)
@given(reports)
def test_a_report_survives_the_wire(said: Report) -> None:
    assert parse_report(msgspec.json.encode(said).decode(), NOW) == said


@pytest.mark.parametrize(
    "wake_up",
    [
        WakeUp("trades", "sweep", NOW, "the clock"),
        WakeUp("trades", "report", NOW, "a report", report=report()),
        WakeUp("trades", "operator", NOW, "ann", command=RaiseTo("c1", "ann", 6)),
        WakeUp("trades", "operator", NOW, "ann", command=ReleaseRdb("c2", "ann", A)),
    ],
)
def test_a_wake_up_survives_the_queue(wake_up: WakeUp) -> None:
    assert parse_wake_up(msgspec.json.encode(wake_up).decode()) == wake_up


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cluster": "a/b"}, "cluster"),
        ({"trigger": "whim"}, "trigger"),
        ({"at": "2026-11-23T12:00:00"}, "at"),
        ({"cause": 7}, "cause"),
        ({"report": {"version": 9}}, "report.version"),
        ({"command": {"type": "shrink"}}, "command.type"),
        (
            {"command": {"type": "raise_to", "command_id": "c", "requested_by": "a", "floor": -1}},
            "command.floor",
        ),
        (
            {"command": {"type": "release_rdb", "command_id": "c", "requested_by": "a", "instance_id": "x"}},
            "command.instance_id",
        ),
    ],
)
def test_a_forged_wake_up_is_refused_by_the_fields_name(change: dict[str, Any], field: str) -> None:
    good = {"cluster": "trades", "trigger": "sweep", "at": "2026-11-23T12:00:00Z", "cause": "clock"}
    with pytest.raises(BadInput) as caught:
        parse_wake_up(msgspec.json.encode({**good, **change}).decode())
    assert caught.value.field == field


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


def test_a_sequence_is_judged_by_the_time_of_receipt_and_not_by_the_senders_clock() -> None:
    later: datetime = NOW + timedelta(minutes=20)
    text = wire(sequence=int(later.timestamp() * 1000)).decode()
    assert parse_report(text, later).sequence == int(later.timestamp() * 1000)
    with pytest.raises(BadInput, match=r"^sequence: "):
        parse_report(text, NOW)
