"""The packaged control plane on MiniStack, from the sweep to the release, and its API."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3
import msgspec
import pytest
from botocore.credentials import ReadOnlyCredentials

from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.contract.names import LEAD_TAG, rdb_group
from chalicelib.core.decision import Decision
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.wake_ups import WakeUp
from chalicelib.core.release.walls import SUSPENDED
from rdb.contract.report import Report
from rdb.reporter.proof import signed
from tests.ministack.roles import assumed
from tests.ministack.stack import Deployed, awaited
from tests.package.events import notification, payload, report
from twin.aws.cloudformation import REGION
from twin.aws.loopback import LOCK

NAMES = (f"cluster{n}" for n in count())
LEADS = count(61)


class Cluster:
    """One cluster of the deployed control plane."""

    def __init__(self, stack: Deployed) -> None:
        self.name = next(NAMES)
        self.stack = stack
        self.ledgers = Ledgers(stack.server.client("dynamodb"), stack.resources["LedgerTable"])
        stack.twin.deploy_cluster(self.name)

    def desired(self) -> int:
        return int(self.stack.group(self.name)["DesiredCapacity"])

    def suspended(self) -> set[str]:
        """The processes of its group that are suspended."""
        return {each["ProcessName"] for each in self.stack.group(self.name)["SuspendedProcesses"]}

    def members(self) -> list[str]:
        """The instances in service."""
        members = self.stack.group(self.name)["Instances"]
        return [each["InstanceId"] for each in members if each["LifecycleState"] == "InService"]

    def ledger(self) -> Ledger:
        return self.ledgers.read(self.name)

    def retagged(self) -> timedelta:
        """The other lead that its group has from now on: whoever looks at it next writes that down."""
        lead = next(LEADS)
        tag = {
            "ResourceId": rdb_group(self.name),
            "ResourceType": "auto-scaling-group",
            "Key": LEAD_TAG,
            "Value": str(lead),
            "PropagateAtLaunch": False,
        }
        with LOCK:
            boto3.client("autoscaling").create_or_update_tags(Tags=[tag])
        return timedelta(seconds=lead)

    def lead(self) -> timedelta | None:
        """The lead by the ledger."""
        settings = self.ledger().settings
        return settings.lead if settings else None

    def newest(self) -> Decision:
        """The newest decision."""
        ((_, decision),) = self.ledgers.decisions(self.name, 1)
        return decision

    def said(self, instance_id: str, state: str, percent: float, **changes: Any) -> Report:
        """A report of an instance."""
        text = json.dumps(report(self.name, instance_id, state, percent, **changes))
        return msgspec.json.decode(text, type=Report)

    def tell(self, said: Report) -> None:
        """Hand a report to the function, as SNS does."""
        self.stack.call("OnReport", notification(self.name, msgspec.json.encode(said).decode()))

    def proven(self, said: Report, session: str) -> Report:
        """The report, signed by a session of the cluster's role."""
        found = assumed(self.stack.server.client, f"highwater-{self.name}-rdb-{REGION}", session=session)
        keys = ReadOnlyCredentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return signed(said, keys, REGION)


@pytest.fixture
def cluster(stack: Deployed) -> Cluster:
    """A cluster whose walls stand after a sweep and a reconcile."""
    return walled(stack)


@pytest.fixture(scope="module")
def quiet(stack: Deployed) -> Cluster:
    """One cluster for all tests that leave its group alone."""
    return walled(stack)


def walled(stack: Deployed) -> Cluster:
    """A new cluster after its first reconcile: that writes the ledger, and then puts up the walls."""
    cluster = Cluster(stack)
    stack.call("Sweep", payload("schedule"))
    awaited(lambda: cluster.suspended() == SUSPENDED)
    return cluster


def test_of_the_template_only_what_is_listed_is_left_out(stack: Deployed) -> None:
    assert stack.left_out == {"ErrorsAlarm", "ThrottlesAlarm", "WakeUpsPolicy"}


def test_a_sweep_wakes_the_cluster_through_the_queue_and_its_first_reconcile_puts_the_walls_up(
    cluster: Cluster,
) -> None:
    assert cluster.suspended() == {"AZRebalance", "ReplaceUnhealthy", "Terminate"}
    assert (cluster.newest().code, cluster.newest().repair) == ("room", ("suspended",))


def test_a_report_at_the_roll_threshold_raises_and_of_two_reports_the_proven_one_alone_releases(
    stack: Deployed, cluster: Cluster
) -> None:
    (live,) = cluster.members()
    cluster.tell(cluster.said(live, "live", 85, rows=900))
    awaited(lambda: cluster.desired() == 2)
    stack.twin.settle()
    (empty,) = set(cluster.members()) - {live}
    cluster.tell(cluster.said(live, "live", 20, rows=900))
    forged = cluster.proven(cluster.said(empty, "drained", 3), session=live)
    cluster.tell(forged)
    awaited(lambda: empty in str(cluster.newest().refused))
    assert "the proof is made by" in str(cluster.newest().refused)
    assert cluster.desired() == 2
    cluster.tell(cluster.proven(cluster.said(empty, "drained", 3), session=empty))
    awaited(lambda: cluster.desired() == 1)
    assert cluster.members() == [live]


@pytest.mark.parametrize(
    ("function", "name", "changes"),
    [
        ("OnAlarm", "alarm-contributor", {"alarmName": "highwater-memory-{}"}),
        ("OnFleetEvent", "fleet-launch-successful", {"AutoScalingGroupName": "highwater-{}-rdb"}),
    ],
)
def test_an_event_wakes_its_cluster_under_the_functions_own_role(
    stack: Deployed, quiet: Cluster, function: str, name: str, changes: dict[str, str]
) -> None:
    lead = quiet.retagged()
    event = payload(name)
    event["detail"] |= {key: value.format(quiet.name) for key, value in changes.items()}
    stack.call(function, event | {"id": str(uuid.uuid4())})
    awaited(lambda: quiet.lead() == lead)


def test_of_a_batch_only_what_failed_stays_in_the_queue(stack: Deployed, quiet: Cluster) -> None:
    lead = quiet.retagged()
    queue, sqs = stack.resources["WakeUps"], stack.server.client("sqs")
    good = WakeUp(quiet.name, "operator", datetime.now(UTC), "look")
    bodies = {"poison": "no wake-up at all", quiet.name: msgspec.json.encode(good).decode()}
    for group, body in bodies.items():
        sqs.send_message(
            QueueUrl=queue, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=str(uuid.uuid4())
        )
    awaited(lambda: quiet.lead() == lead)
    awaited(lambda: stack.queued() == {"visible": 0, "flying": 1})
    sqs.purge_queue(QueueUrl=queue)


def test_the_api_shows_all_clusters_one_and_its_decisions(stack: Deployed, quiet: Cluster) -> None:
    status, body = stack.ask("GET", "/clusters")
    assert status == 200
    assert quiet.name in {each["cluster"] for each in body["clusters"]}
    status, body = stack.ask("GET", f"/clusters/{quiet.name}")
    assert (status, body["desired"], len(body["rdbs"])) == (200, 1, 1)
    status, body = stack.ask("GET", f"/clusters/{quiet.name}/decisions?limit=1")
    assert (status, body["decisions"][0]["cluster"]) == (200, quiet.name)
    assert body["next"] == body["decisions"][0]["id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/clusters/nowhere", None, 404),
        ("GET", "/clusters/nowhere/decisions", None, 404),
        ("POST", "/clusters/{}/capacity", {"desired": "two"}, 400),
        ("GET", "/clusters/{}/decisions?limit=0", None, 400),
        ("POST", "/clusters/{}/capacity", {"desired": 1000}, 409),
    ],
)
def test_the_api_refuses_with_a_sentence(
    stack: Deployed, quiet: Cluster, method: str, path: str, body: Any, status: int
) -> None:
    found, answer = stack.ask(method, path.format(quiet.name), body)
    assert (found, bool(answer["error"])) == (status, True)


def test_a_release_of_the_last_rdb_is_a_409_with_every_reason(stack: Deployed, quiet: Cluster) -> None:
    (instance_id,) = quiet.members()
    status, body = stack.ask("POST", f"/clusters/{quiet.name}/rdbs/{instance_id}/release", {})
    assert (status, "the group is at MinSize" in body["reasons"]) == (409, True)


def test_a_hold_goes_through_the_queue_into_the_ledger_and_is_lifted_again(
    stack: Deployed, quiet: Cluster
) -> None:
    path = f"/clusters/{quiet.name}/hold"
    assert stack.ask("PUT", path, {"reason": "audit"})[0] == 202
    held = awaited(lambda: quiet.ledger().hold)
    assert (held.reason, held.by.rpartition("/")[2]) == ("audit", "ann")
    assert stack.ask("DELETE", path)[0] == 202
    awaited(lambda: quiet.ledger().hold is None)


def test_a_caller_without_a_policy_is_refused_and_a_reader_may_read_but_not_act(
    stack: Deployed, quiet: Cluster
) -> None:
    nobody = assumed(stack.server.client, "nobody")
    reader = assumed(stack.server.client, "reader", stack.resources["ReaderPolicy"])
    hold = f"/clusters/{quiet.name}/hold"
    assert stack.ask("GET", "/clusters", caller=nobody)[0] == 403
    assert stack.ask("GET", "/clusters", caller=reader)[0] == 200
    assert stack.ask("PUT", hold, {"reason": "audit"}, caller=reader)[0] == 403
