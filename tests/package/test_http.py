"""The packaged HTTP API behind API Gateway: status, body, and what reaches the queue."""

import json

import boto3
import pytest

from chalicelib.core.facts.wake_ups import DrainRdbs, LiftHold, SetFloor, SetHold
from tests.package.conftest import Cluster, Lambda, ask, deliver
from tests.package.events import OPERATOR, metrics, report, request, told, wake_up

CLUSTER = "/clusters/{cluster}"
CAPACITY = f"{CLUSTER}/capacity"
HOLD = f"{CLUSTER}/hold"
RELEASE = f"{CLUSTER}/rdbs/{{instance_id}}/release"
RDB_HOLD = f"{CLUSTER}/rdbs/{{instance_id}}/hold"
DECISIONS = f"{CLUSTER}/decisions"


@pytest.fixture(scope="module")
def rdb(functions: Lambda, shared: Cluster) -> str:
    """The live RDB of the shared cluster, with room; its id."""
    (instance_id,) = shared.members()
    deliver(functions, wake_up(shared.name, report(shared.name, instance_id, "live", 20, rows=9)))
    return instance_id


def at(cluster: Cluster, resource: str, instance_id: str = "") -> str:
    """The path of a resource of one cluster."""
    return resource.format(cluster=cluster.name, instance_id=instance_id)


@pytest.mark.usefixtures("rdb")
def test_a_get_of_all_clusters_lists_each_with_what_would_be_decided(
    functions: Lambda, shared: Cluster
) -> None:
    status, body = ask(functions, "GET", "/clusters", "/clusters")
    (shown,) = [cluster for cluster in body["clusters"] if cluster["cluster"] == shared.name]
    assert (status, shown["desired"], shown["code"]) == (200, 1, "room")


def test_a_get_of_a_cluster_shows_its_rdbs(functions: Lambda, shared: Cluster, rdb: str) -> None:
    status, body = ask(functions, "GET", CLUSTER, at(shared, CLUSTER))
    (shown,) = body["rdbs"]
    assert (status, shown["instance_id"], shown["state"]) == (200, rdb, "live")


@pytest.mark.usefixtures("rdb")
def test_a_get_of_the_decisions_shows_what_the_ledger_holds(functions: Lambda, shared: Cluster) -> None:
    status, body = ask(functions, "GET", DECISIONS, at(shared, DECISIONS) + "?limit=1")
    assert (status, len(body["decisions"]), body["decisions"][0]["cluster"]) == (200, 1, shared.name)
    assert body["next"] == body["decisions"][0]["id"]


def test_a_post_for_capacity_is_accepted_queued_and_carried_out(functions: Lambda, cluster: Cluster) -> None:
    body = json.dumps({"change": 1})
    answer = functions.call("APIHandler", request("POST", CAPACITY, at(cluster, CAPACITY), body))
    assert answer.value["statusCode"] == 202
    command_id = json.loads(answer.value["body"])["command_id"]
    assert told(answer, "accepted")["command"]["command_id"] == command_id
    assert metrics(answer) == {"Requests": 1}
    (queued,) = cluster.queued()
    assert isinstance(queued.command, SetFloor)
    assert queued.command == SetFloor(command_id, OPERATOR, queued.at, 2, queued.command.until)
    assert queued.command.until
    assert queued.command.until > queued.at
    deliver(functions, queued)
    assert cluster.desired() == 2
    _, followed = ask(functions, "GET", DECISIONS, at(cluster, DECISIONS))
    assert [d["target"] for d in followed["decisions"] if command_id in d.get("carried_out", [])] == [2]


def test_a_dry_run_is_answered_with_the_plan_and_queues_nothing(
    functions: Lambda, shared: Cluster, rdb: str
) -> None:
    body = json.dumps({"change": 1, "dry_run": True})
    status, answer = ask(functions, "POST", CAPACITY, at(shared, CAPACITY), body)
    assert (status, answer["plan"]["target"]) == (200, 2)
    assert shared.queued() == []
    assert shared.members() == {rdb: "InService"}


def test_a_post_for_the_release_of_a_loaded_rdb_is_a_409_with_every_reason(
    functions: Lambda, shared: Cluster, rdb: str
) -> None:
    answer = functions.call("APIHandler", request("POST", RELEASE, at(shared, RELEASE, rdb)))
    assert answer.value["statusCode"] == 409
    reasons = json.loads(answer.value["body"])["reasons"]
    assert {"it is the live one", "holds 9 rows", "the group is at MinSize"} <= set(reasons)
    assert told(answer, "refused")["reasons"] == reasons
    assert shared.queued() == []


def test_a_standby_that_is_asked_to_go_is_asked_to_drain(functions: Lambda, cluster: Cluster) -> None:
    live, standby = cluster.grow(2)
    said = [report(cluster.name, live, "live", 20, rows=9), report(cluster.name, standby, "standby", 4)]
    deliver(functions, *(wake_up(cluster.name, one) for one in said))
    status, body = ask(functions, "POST", RELEASE, at(cluster, RELEASE, standby), "{}")
    (queued,) = cluster.queued()
    assert (status, queued.command) == (202, DrainRdbs(body["command_id"], OPERATOR, queued.at, (standby,)))
    answer = deliver(functions, queued)
    assert told(answer, "decision")["decision"]["tag"] == [standby]
    shown = boto3.client("ec2").describe_instances(InstanceIds=[standby])["Reservations"][0]["Instances"][0]
    assert {"Key": "highwater:drain", "Value": "asked"} in shown["Tags"]


@pytest.mark.parametrize("of_rdb", [False, True])
def test_a_put_holds_and_a_delete_lets_go(functions: Lambda, shared: Cluster, rdb: str, of_rdb: bool) -> None:
    resource, instance_id = (RDB_HOLD, rdb) if of_rdb else (HOLD, None)
    path = at(shared, resource, rdb)
    status, body = ask(functions, "PUT", resource, path, '{"reason": "audit"}')
    (queued,) = shared.queued()
    assert (status, queued.command) == (
        202,
        SetHold(body["command_id"], OPERATOR, queued.at, "audit", instance_id),
    )
    deliver(functions, queued)
    ledger = shared.ledger()
    assert "audit" in str(ledger.rdbs[rdb].hold if of_rdb else ledger.hold)
    status, body = ask(functions, "DELETE", resource, path)
    (queued,) = shared.queued()
    assert (status, queued.command) == (202, LiftHold(body["command_id"], OPERATOR, queued.at, instance_id))
    deliver(functions, queued)
    ledger = shared.ledger()
    assert (ledger.hold, ledger.rdbs[rdb].hold) == (None, None)


@pytest.mark.usefixtures("rdb")
@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (("POST", CAPACITY, "", '{"desired": "two"}'), "desired"),
        (("POST", CAPACITY, "", '{"desired": 2, "change": 1}'), "desired"),
        (("POST", CAPACITY, "", "nope"), "body"),
        (("POST", RELEASE, "", '{"dry_run": "yes"}'), "dry_run"),
        (("PUT", HOLD, "", '{"reason": ""}'), "reason"),
        (("PUT", HOLD, "", json.dumps({"reason": "é" * 251})), "reason"),
        (("PUT", RDB_HOLD, "", "{}"), "reason"),
        (("DELETE", RDB_HOLD, "", None), "instance_id"),
        (("GET", DECISIONS, "?limit=0", None), "limit"),
        (("GET", DECISIONS, "?before=nope", None), "before"),
    ],
)
def test_a_bad_request_is_a_400_that_names_the_field_and_queues_nothing(
    functions: Lambda, shared: Cluster, asked: tuple[str, str, str, str | None], field: str
) -> None:
    method, resource, query, body = asked
    event = request(method, resource, at(shared, resource, "i-nope") + query, body)
    answer = functions.call("APIHandler", event)
    assert (answer.value["statusCode"], json.loads(answer.value["body"])["field"]) == (400, field)
    assert metrics(answer) == {"Requests": 1}
    assert shared.queued() == []


def test_a_cluster_that_nobody_knows_is_a_404(functions: Lambda) -> None:
    assert ask(functions, "GET", CLUSTER, "/clusters/nowhere")[0] == 404
    assert ask(functions, "POST", CAPACITY, "/clusters/nowhere/capacity", '{"desired": 2}')[0] == 404


@pytest.mark.usefixtures("refusing")
def test_what_aws_does_not_answer_is_a_503(functions: Lambda) -> None:
    status, body = ask(functions, "GET", "/clusters", "/clusters")
    assert (status, body["error"].partition(":")[0]) == (503, "DescribeAutoScalingGroups failed")
