"""A read below the wire is what the wire would give; that it is, is looked at every fiftieth time."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tests.twin.autoscaling_bench import Bench
from twin.aws.account import account
from twin.aws.hot_reads import COMPARED, HotReads, WireDiffers
from twin.aws.wire import Wire

NOW = datetime(2026, 11, 23, 9, 30, 15, 250_000, UTC)
DIMENSIONS = [{"Name": "InstanceId", "Value": "i-1"}]
KEY = {"cluster": {"S": "trades"}, "item": {"S": "ledger"}}
ITEM = {**KEY, "version": {"N": "7"}, "document": {"M": {"list": {"L": [{"BOOL": True}, {"NULL": True}]}}}}


def metric_query(query_id: str, name: str) -> dict[str, Any]:
    metric = {"Namespace": "ns", "MetricName": name, "Dimensions": DIMENSIONS}
    return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}


def metrics_asked(*queries: dict[str, Any], start: Any = NOW - timedelta(minutes=5)) -> dict[str, Any]:
    return {"MetricDataQueries": list(queries), "StartTime": start, "EndTime": NOW}


ITEM_ASKED = {"TableName": "t", "Key": KEY}
Call = tuple[str, str, Mapping[str, Any]]

LOAD = metrics_asked(metric_query("m0", "Load"), metric_query("m1", "Other"))
READS: dict[str, Call] = {
    "groups": ("autoscaling", "describe_auto_scaling_groups", {}),
    "first page": ("autoscaling", "describe_auto_scaling_groups", {"MaxRecords": 1}),
    "by filter": (
        "autoscaling",
        "describe_auto_scaling_groups",
        {"Filters": [{"Name": "tag-key", "Values": ["k"]}]},
    ),
    "no group": ("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroupNames": ["asg-9"]}),
    "metrics": ("cloudwatch", "get_metric_data", LOAD),
    "item": ("dynamodb", "get_item", ITEM_ASKED),
    "no item": ("dynamodb", "get_item", {"TableName": "t", "Key": {**KEY, "item": {"S": "x"}}}),
    "items": ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [KEY], "ConsistentRead": True}}}),
}
REFUSED: dict[str, Call] = {
    "token": ("autoscaling", "describe_auto_scaling_groups", {"NextToken": "gibberish"}),
    "query": ("cloudwatch", "get_metric_data", metrics_asked({"Id": "m0"})),
    "table": ("dynamodb", "get_item", {"TableName": "none", "Key": KEY}),
    "reserved word": ("dynamodb", "get_item", {**ITEM_ASKED, "ProjectionExpression": "name"}),
}
INVALID: dict[str, Call] = {
    "unknown": ("autoscaling", "describe_auto_scaling_groups", {"Names": ["asg-1"]}),
    "missing": ("cloudwatch", "get_metric_data", {"MetricDataQueries": []}),
    "type": ("cloudwatch", "get_metric_data", metrics_asked(start="noon")),
    "value": ("dynamodb", "get_item", {"TableName": "t", "Key": {"cluster": "trades"}}),
}


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """Two groups, one with an instance, one metric, and one item in a table."""
    bench = Bench()
    bench.serving(1, Tags=[{"Key": "k", "Value": "v", "PropagateAtLaunch": True}])
    bench.create("asg-2")
    with account(lambda: NOW) as wire:
        wire.groups = bench.aws
        for minutes, value in ((3, 40.5), (2, 41), (2, 43)):
            datum = {"MetricName": "Load", "Dimensions": DIMENSIONS, "Value": value}
            wire.metrics.put("ns", [{**datum, "Timestamp": NOW - timedelta(minutes=minutes)}], NOW)
        table = boto3.client("dynamodb")
        kinds = {"cluster": "HASH", "item": "RANGE"}
        table.create_table(
            TableName="t",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in kinds.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in kinds],
        )
        table.put_item(TableName="t", Item=ITEM)
        yield wire


@pytest.fixture
def session(wire: Wire) -> boto3.Session:
    """A session whose hot reads stay below the wire, and that keeps what was sent all the same."""
    session = boto3.Session()
    HotReads(wire).take_over(session.events)
    return session


def answer(session: Any, call: Call) -> dict[str, Any]:
    service, operation, params = call
    found: dict[str, Any] = getattr(session.client(service), operation)(**params)
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return found


def sent(session: boto3.Session) -> list[str]:
    """The names of the operations that this session sends over the wire from now on."""
    seen: list[str] = []
    session.events.register("before-send.*.*", lambda event_name, **_: seen.append(event_name.split(".")[-1]))
    return seen


@pytest.mark.parametrize("read", READS)
def test_an_answer_has_the_values_and_the_types_that_the_wire_gives(
    session: boto3.Session, read: str
) -> None:
    over_the_wire = sent(session)
    assert repr(answer(session, READS[read])) == repr(answer(boto3.Session(), READS[read]))
    assert over_the_wire == []


def test_pages_go_on_where_the_one_before_ended(session: boto3.Session) -> None:
    paginator = session.client("autoscaling").get_paginator("describe_auto_scaling_groups")
    pages = paginator.paginate(MaxRecords=1)
    assert [g["AutoScalingGroupName"] for page in pages for g in page["AutoScalingGroups"]] == [
        "asg-1",
        "asg-2",
    ]


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        *((call, ClientError) for call in REFUSED.values()),
        *((call, ParamValidationError) for call in INVALID.values()),
    ],
    ids=[*REFUSED, *INVALID],
)
def test_a_refused_or_invalid_read_fails_as_it_does_over_the_wire(
    session: boto3.Session, call: Call, kind: type[Exception]
) -> None:
    said = []
    for asked in (session, boto3.Session()):
        with pytest.raises(kind) as failed:
            answer(asked, call)
        said.append((type(failed.value).__name__, str(failed.value)))
    assert said[0] == said[1]


def test_every_fiftieth_takes_the_wire_and_each_is_watched_once(
    wire: Wire, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    over_the_wire, watched = sent(session), list[str]()
    monkeypatch.setattr(wire, "watchers", [lambda operation, _params: watched.append(operation)])
    autoscaling, cloudwatch = session.client("autoscaling"), session.client("cloudwatch")
    for _ in range(2 * COMPARED):
        autoscaling.describe_auto_scaling_groups()
        cloudwatch.get_metric_data(**LOAD)
    assert over_the_wire == ["DescribeAutoScalingGroups", "GetMetricData"] * 2
    assert watched == ["DescribeAutoScalingGroups", "GetMetricData"] * 2 * COMPARED


def test_another_answer_of_the_wire_ends_the_run(
    wire: Wire, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, values = session.client("cloudwatch"), count()
    found = {"Id": "m0", "Label": "Load", "Timestamps": [NOW], "StatusCode": "Complete"}
    monkeypatch.setattr(wire.metrics, "get", lambda *_: [{**found, "Values": [float(next(values))]}])
    for _ in range(COMPARED - 1):
        client.get_metric_data(**LOAD)
    with pytest.raises(WireDiffers, match=r"^GetMetricData of "):
        client.get_metric_data(**LOAD)


def test_a_value_that_the_wire_would_not_give_ends_the_run(
    wire: Wire, session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire.metrics, "get", lambda *_: [{"Id": 7}])
    with pytest.raises(WireDiffers, match="would not give 7"):
        session.client("cloudwatch").get_metric_data(**LOAD)
