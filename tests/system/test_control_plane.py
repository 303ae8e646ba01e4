"""The control plane through its real entry points, wired by the packaged template."""

import json
import socket
import struct
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import boto3
import pytest

from tests.system.conftest import ask, event
from twin.day.day import Day
from twin.day.serve import Server

Call = Callable[[str, dict[str, Any]], Any]


def live_rdb(day: Day) -> str:
    assert day.tickerplant.live is not None
    return day.tickerplant.live.instance_id


def test_the_list_of_clusters_says_what_a_reconcile_would_decide(day: Day) -> None:
    status, body = ask(day, "GET", "/clusters")
    assert status == 200
    assert [(c["cluster"], c["desired"], c["code"]) for c in body["clusters"]] == [("trades", 1, "room")]


def test_a_cluster_shows_each_rdb_with_its_room_and_why_it_is_not_released(day: Day) -> None:
    status, body = ask(day, "GET", "/clusters/trades")
    assert status == 200
    (rdb,) = body["rdbs"]
    assert (rdb["instance_id"], rdb["state"], rdb["room"]["has"]) == (live_rdb(day), "live", True)
    assert "not drained but live" in rdb["not_released_for"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("nope", "body"),
        ("[]", "body"),
        ("null", "body"),
        ("{}", "desired"),
        ('{"desired": 2, "change": 1}', "desired"),
        ('{"desired": -1}', "desired"),
        ('{"desired": "two"}', "desired"),
        ('{"desire": 2}', "desire"),
        ('{"change": 0}', "change"),
    ],
)
def test_a_bad_request_for_capacity_is_a_400_that_names_the_field(day: Day, body: str, field: str) -> None:
    status, answer = ask(day, "POST", "/clusters/trades/capacity", body)
    assert (status, answer["field"]) == (400, field)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("capacity", '{"desired": "two"}', "desired: must be a whole number or null, and is text"),
        ("capacity", '{"desired": -1}', "desired: must be at least 0"),
        ("capacity", '{"desire": 2}', "desire: is no field of the body"),
        ("capacity", '{"change": 1, "dry_run": 1}', "dry_run: must be true or false, and is a whole number"),
        ("capacity", '{"change": 0}', "change: must not be 0, which asks for nothing"),
        ("capacity", "[]", "body: must be an object, and is a list"),
        ("capacity", "{", "body: is not JSON: ends too early"),
        ("hold", "{}", "reason: is missing"),
        ("hold", '{"reason": ""}', "reason: must have at least 1 character"),
        ("hold", '{"reason": "   "}', "reason: must be one line of printable characters, and not of spaces"),
        ("hold", r'{"reason": "a\u001b[2Jb"}', "reason: must be one line of printable characters"),
        ("hold", r'{"reason": "audit\nALERT: none"}', "reason: must be one line of printable characters"),
        ("hold", r'{"reason": "a\u202eb"}', "reason: must be one line of printable characters"),
        ("hold", '{"reason": "a", "until": "soon"}', "until: must be a time in ISO 8601 with its zone, as "),
    ],
)
def test_a_bad_body_is_refused_in_plain_words(day: Day, path: str, body: str, said: str) -> None:
    method = "PUT" if path == "hold" else "POST"
    status, answer = ask(day, method, f"/clusters/trades/{path}", body)
    assert status == 400
    assert answer["error"].startswith(said)
    assert answer["error"] == f"{answer['field']}: {answer['rule']}"


def test_decisions_are_paged_and_a_page_that_never_was_is_a_400(day: Day) -> None:
    _, first = ask(day, "GET", "/clusters/trades/decisions?limit=1")
    status, second = ask(day, "GET", f"/clusters/trades/decisions?limit=1&before={first['next']}")
    assert status == 200
    assert second["decisions"][0]["id"] < first["decisions"][0]["id"]
    status, answer = ask(day, "GET", "/clusters/trades/decisions?before=nope")
    assert (status, answer["field"]) == (400, "before")


def test_an_unknown_cluster_is_a_404(day: Day) -> None:
    assert ask(day, "GET", "/clusters/bonds")[0] == 404
    assert ask(day, "GET", "/clusters/bonds/decisions")[0] == 404


@pytest.mark.parametrize("desired", [0, 41])
def test_capacity_below_what_is_there_or_above_max_size_is_a_409_with_the_numbers(
    day: Day, desired: int
) -> None:
    body = json.dumps({"desired": desired})
    status, answer = ask(day, "POST", "/clusters/trades/capacity", body)
    assert (status, answer["desired"], answer["floor"]) == (409, day.desired(), desired)


def test_the_release_of_a_live_rdb_is_a_409_with_every_reason(day: Day) -> None:
    status, answer = ask(day, "POST", f"/clusters/trades/rdbs/{live_rdb(day)}/release")
    assert status == 409
    assert {"not drained but live", "the group is at MinSize"} <= set(answer["reasons"])


def test_a_dry_run_shows_the_plan_and_changes_nothing(day: Day) -> None:
    before = day.desired()
    body = json.dumps({"change": 2, "dry_run": True})
    status, answer = ask(day, "POST", "/clusters/trades/capacity", body)
    assert (status, answer["plan"]["target"]) == (200, before + 2)
    assert "carried_out" not in answer["plan"]
    day.clock.run_until(day.clock.now() + timedelta(minutes=2))
    assert day.desired() == before


def test_an_operators_request_is_carried_out_once_and_can_be_followed(day: Day) -> None:
    before = day.desired()
    body = json.dumps({"change": 1})
    status, answer = ask(day, "POST", "/clusters/trades/capacity", body)
    assert status == 202
    day.clock.run_until(day.clock.now() + timedelta(minutes=3))
    assert day.desired() == before + 1
    _, followed = ask(day, "GET", "/clusters/trades/decisions")
    carried = [d for d in followed["decisions"] if answer["command_id"] in d.get("carried_out", [])]
    assert [(d["code"], d["target"], d["triggers"]) for d in carried] == [("raise", before + 1, ["operator"])]


def test_a_report_that_is_refused_ends_in_the_dead_letter_queue_with_its_reason(day: Day) -> None:
    day.aws.report("trades", '{"version": 1, "cluster": "trades"}')
    day.clock.run_until(day.clock.now() + timedelta(minutes=5))
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="highwater-dead-letters")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "instance_id: is missing"


def test_an_idle_sweep_makes_one_call_of_each_kind_and_queues_nothing(day: Day, call: Call) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=10))
    before = Counter(day.aws.functions.calls)
    call("Sweep", event("schedule"))
    assert Counter(day.aws.functions.calls) - before == {
        "autoscaling:DescribeAutoScalingGroups": 1,
        "cloudwatch:GetMetricData": 1,
        "dynamodb:BatchGetItem": 1,
    }


def test_metrics_put_over_the_wire_are_read_over_the_wire(day: Day) -> None:
    cloudwatch, now = boto3.client("cloudwatch"), day.clock.now()
    dimensions = [{"Name": "InstanceId", "Value": "i-0123456789abcdef0"}]
    metric = {"Namespace": "Wire", "MetricName": "Memory", "Dimensions": dimensions}
    cloudwatch.put_metric_data(
        Namespace="Wire",
        MetricData=[{"MetricName": "Memory", "Dimensions": dimensions, "Timestamp": now, "Value": 42.5}],
    )
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
    )
    assert answer["MetricDataResults"][0]["Values"] == [42.5]


def test_the_local_server_routes_as_the_packaged_api_does(day: Day) -> None:
    with Server(day, port=0) as server:
        status, body = server.api.answer("GET", "/clusters/trades/decisions?limit=1", None)
        assert (status, len(json.loads(body)["decisions"])) == (200, 1)
        assert server.api.answer("GET", "/clusters/trades/decisions?limit=no", None)[0] == 400
        assert server.api.answer("DELETE", "/clusters", None)[0] == 403


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_the_local_server_hands_on_the_type_of_the_body(day: Day, content_type: str, status: int) -> None:
    body = json.dumps({"change": 1, "dry_run": True})
    with Server(day, port=0) as server, ThreadPoolExecutor(1) as client:
        asked = client.submit(post, server.server_port, body, content_type)
        while not asked.done():
            server.handle_request()
    assert asked.result() == status


def test_a_client_that_gives_up_is_told_in_one_line(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    with Server(day, port=0) as server:
        with socket.create_connection(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"GET /clusters HTTP/1.1\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.handle_request()
    said = capsys.readouterr().err
    assert said.endswith("127.0.0.1 gave up before it had its answer\n")
    assert "Traceback" not in said


def post(port: int, body: str, content_type: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/clusters/trades/capacity", body, {"Content-Type": content_type})
    return connection.getresponse().status


@pytest.mark.usefixtures("day")
def test_a_raise_above_max_size_is_refused_by_the_embedded_aws_in_awss_words() -> None:
    autoscaling = boto3.client("autoscaling")
    with pytest.raises(
        autoscaling.exceptions.ClientError, match="is above max value 40 for the AutoScalingGroup"
    ):
        autoscaling.set_desired_capacity(AutoScalingGroupName="highwater-trades-rdb", DesiredCapacity=99)
