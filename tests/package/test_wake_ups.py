"""The packaged functions that wake a cluster: the right message in the queue, or the right refusal."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.credentials import ReadOnlyCredentials

from rdb.contract.report import parse_report
from rdb.reporter.proof import signed
from tests.package.conftest import Cluster, Lambda, deliver
from tests.package.events import EVENTS, alarm, fleet, metrics, notification, payload, report, told
from twin.aws.cloudformation import REGION
from twin.aws.emulator import Answer

ALARMS = sorted(path.stem for path in EVENTS.glob("alarm-*.json"))
FLEET = sorted(path.stem for path in EVENTS.glob("fleet-*.json"))
RDB = "i-0000000000000000a"


def refused(answer: Answer, error: str, message: str) -> None:
    """Lambda would try again, and then put the event into the dead-letter queue; a metric shows it."""
    assert (answer.value["errorType"], answer.value["errorMessage"]) == (error, message)
    assert metrics(answer) == {"RefusedEvents": 1}


@pytest.mark.parametrize("state", ["booting", "standby", "live", "rolled", "unknown"])
def test_a_report_is_queued_for_its_cluster_as_it_was_said(
    functions: Lambda, shared: Cluster, state: str
) -> None:
    said = json.dumps(report(shared.name, RDB, state))
    answer = functions.call("OnReport", notification(shared.name, said))
    assert answer.value is None
    (queued,) = shared.queued()
    assert msgspec.json.encode(queued.report) == msgspec.json.encode(parse_report(said, datetime.now(UTC)))
    assert (queued.trigger, queued.verdict) == ("report", None)
    line = told(answer, "woken")
    assert (line["cluster"], line["cause"]) == (shared.name, f"{RDB} reports {state}")
    assert metrics(answer) == {"WakeUps": 1}


def drained(cluster: str, proof: str) -> str:
    """A drained report with a proof of some kind; the text that is published."""
    said = report(cluster, RDB, "drained")
    if proof == "signed":
        keys = ReadOnlyCredentials("ASIAEMBEDDEDEMBEDDED", "secret", "token" * 20)
        proof = signed(parse_report(json.dumps(said), datetime.now(UTC)), keys, REGION).proof or ""
    return json.dumps(said | ({"proof": proof} if proof else {}))


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        ("", "the report has no proof"),
        ("https://example.com/", "the proof's host is 'example.com', not sts.us-east-1.amazonaws.com"),
        ("signed", "STS did not answer: NameResolutionError"),
    ],
)
def test_a_drained_report_that_cannot_be_verified_is_queued_as_unproven(
    functions: Lambda, shared: Cluster, proof: str, why: str
) -> None:
    answer = functions.call("OnReport", notification(shared.name, drained(shared.name, proof)))
    assert answer.value is None
    (queued,) = shared.queued()
    assert queued.verdict is not None
    assert (queued.verdict.holds, queued.verdict.why) == (False, why)
    assert queued.report is not None
    assert queued.report.proof is None
    line = told(answer, "unproven")
    assert (line["level"], line["instance_id"], line["reason"]) == ("WARNING", RDB, why)
    assert metrics(answer) == {"UnprovenReports": 1, "WakeUps": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": None}, "rows: must be null when the state is unknown, and a number otherwise"),
        ({"memory_used": -1}, "memory_used: must be at least 0"),
        ({"version": 2}, "version: must be 1, and is 2"),
        ({"cluster": "bonds"}, "cluster: bonds is not {cluster}, whose topic this came by"),
        (
            {"instance_id": "i-nope"},
            "instance_id: must be the id of an instance: i- and 8 to 17 of the digits 0-9 and a-f",
        ),
    ],
)
def test_a_report_that_breaks_a_rule_is_refused_by_its_field(
    functions: Lambda, shared: Cluster, changes: dict[str, Any], message: str
) -> None:
    said = json.dumps(report(shared.name, RDB, "live", **changes))
    answer = functions.call("OnReport", notification(shared.name, said))
    refused(answer, "BadInput", message.replace("{cluster}", shared.name))
    assert shared.queued() == []


@pytest.mark.parametrize("message", ["Hello from SNS!", "", "[]"])
def test_a_message_that_is_no_report_is_refused(functions: Lambda, shared: Cluster, message: str) -> None:
    answer = functions.call("OnReport", notification(shared.name, message))
    assert answer.value["errorType"] == "BadInput"
    assert answer.value["errorMessage"].startswith("message: ")
    assert shared.queued() == []


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_of_any_shape_wakes_its_cluster_when_it_goes_off(
    functions: Lambda, shared: Cluster, name: str
) -> None:
    event = alarm(name, f"highwater-memory-{shared.name}")
    answer = functions.call("OnAlarm", event)
    assert answer.value is None
    queued = shared.queued()
    if event["detail"]["state"]["value"] == "ALARM":
        assert [(w.trigger, event["detail"]["state"]["reason"] in w.cause) for w in queued] == [
            ("alarm", True)
        ]
        assert told(answer, "woken")["cause"] == queued[0].cause
    else:
        assert queued == []
        assert told(answer, "ignored")["reason"] == "not a memory alarm of ours going into ALARM"
    assert metrics(answer) == {"WakeUps": len(queued)}


def test_an_alarm_of_somebody_else_wakes_nobody(functions: Lambda, shared: Cluster) -> None:
    answer = functions.call("OnAlarm", payload("alarm-contributor"))
    assert told(answer, "ignored")["reason"] == "not a memory alarm of ours going into ALARM"
    assert shared.queued() == []


@pytest.mark.parametrize("name", FLEET)
def test_a_fleet_event_of_any_kind_wakes_the_cluster_of_its_group(
    functions: Lambda, shared: Cluster, name: str
) -> None:
    event = fleet(name, shared.group)
    answer = functions.call("OnFleetEvent", event)
    assert answer.value is None
    cause = f"{event['detail-type']}: {event['detail']['EC2InstanceId']}"
    assert [(w.trigger, w.cause) for w in shared.queued()] == [("fleet", cause)]
    assert told(answer, "woken")["cause"] == cause
    assert metrics(answer) == {"WakeUps": 1}


def test_a_fleet_event_of_another_group_wakes_nobody(functions: Lambda, shared: Cluster) -> None:
    group = f"highwater-{shared.name}-tickerplant"
    answer = functions.call("OnFleetEvent", fleet("fleet-launch-successful", group))
    assert told(answer, "ignored")["reason"] == f"{group} is not the group of an RDB cluster"
    assert shared.queued() == []


def test_a_fleet_event_without_a_group_is_refused(functions: Lambda) -> None:
    answer = functions.call("OnFleetEvent", fleet("fleet-launch-successful", ""))
    refused(answer, "BadInput", "detail.AutoScalingGroupName: must name a group")


@pytest.mark.usefixtures("refusing")
def test_a_fleet_event_names_its_cluster_though_no_group_can_be_seen(
    functions: Lambda, shared: Cluster
) -> None:
    answer = functions.call("OnFleetEvent", fleet("fleet-launch-successful", shared.group))
    assert answer.value is None
    assert [wake_up.cluster for wake_up in shared.queued()] == [shared.name]
    assert metrics(answer) == {"WakeUps": 1}


def test_a_sweep_queues_a_cluster_that_needs_a_reconcile_and_then_leaves_it_alone(
    functions: Lambda, cluster: Cluster
) -> None:
    answer = functions.call("Sweep", payload("schedule"))
    assert answer.value is None
    assert cluster.name in told(answer, "swept")["due"]
    counted = metrics(answer)
    # The alerts are those of all clusters, other tests' too.
    assert counted.keys() == {"Sweeps", "StandingAlerts", "WakeUps"}
    assert (counted["Sweeps"], counted["WakeUps"]) == (1, len(told(answer, "swept")["due"]))
    (queued,) = cluster.queued()
    assert queued.trigger == "sweep"
    deliver(functions, queued)  # puts up the walls that the template cannot
    deliver(functions, queued)  # and sees them stand
    later = told(functions.call("Sweep", payload("schedule")), "swept")
    assert cluster.name not in later["due"]


@pytest.mark.usefixtures("refusing")
def test_a_sweep_that_can_read_nothing_fails_and_the_next_one_looks_again(functions: Lambda) -> None:
    answer = functions.call("Sweep", payload("schedule"))
    assert answer.value["errorType"] == "Unreadable"
    assert answer.value["errorMessage"].startswith("DescribeAutoScalingGroups failed: ")


def test_a_proof_is_good_for_fifteen_minutes_of_the_functions_own_clock(
    functions: Lambda, shared: Cluster
) -> None:
    said = report(shared.name, RDB, "drained")
    old = f"{datetime.now(UTC) - timedelta(minutes=16):%Y%m%dT%H%M%SZ}"
    fresh = json.loads(drained(shared.name, "signed"))["proof"]
    date = fresh.split("X-Amz-Date=")[1][:16]
    proof = fresh.replace(date, old).replace(f"%2F{date[:8]}%2F", f"%2F{old[:8]}%2F")
    functions.call("OnReport", notification(shared.name, json.dumps(said | {"proof": proof})))
    (queued,) = shared.queued()
    assert queued.verdict is not None
    assert re.fullmatch(r"X-Amz-Date: signed \d+ s ago, good for 900 s", queued.verdict.why)
