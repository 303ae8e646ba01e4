"""The packaged function that acts: what becomes of the group, of the ledger and of each message."""

import json

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from tests.package.conftest import Cluster, Lambda, ask, deliver
from tests.package.events import metrics, notification, records, report, told, wake_up
from twin.aws.emulator import Answer
from twin.aws.loopback import LoopbackAws

ALL_DONE: dict[str, list[str]] = {"batchItemFailures": []}
PROVEN = Verdict(True, "STS vouches for it")


def failed(answer: Answer) -> list[str]:
    """The messages that Lambda leaves in the queue."""
    return [item["itemIdentifier"] for item in answer.value["batchItemFailures"]]


def test_a_report_at_the_roll_threshold_raises_the_group_by_one_and_once(
    functions: Lambda, cluster: Cluster
) -> None:
    (live,) = cluster.members()
    assert cluster.desired() == 1
    functions.call("OnReport", notification(cluster.name, json.dumps(report(cluster.name, live, "live", 85))))
    answer = deliver(functions)
    assert answer.value == ALL_DONE
    assert cluster.desired() == 2
    line = told(answer, "decision")
    assert (line["level"], line["decision"]["code"], line["decision"]["target"]) == ("INFO", "raise", 2)
    assert "85.0 %" in str(line["decision"])
    assert f"SetDesiredCapacity {cluster.group} 2" in line["decision"]["outcome"]
    assert metrics(answer)["Raises"] == 1
    ledger = cluster.ledger()
    assert ledger.rdbs[live].state is State.LIVE
    assert ledger.asked is not None
    again = deliver(functions, wake_up(cluster.name))
    assert metrics(again)["Raises"] == 0
    assert cluster.desired() == 2


def test_the_walls_that_a_template_cannot_build_are_put_up_by_the_first_reconcile(
    functions: Lambda, cluster: Cluster
) -> None:
    assert cluster.described()["SuspendedProcesses"] == []
    answer = deliver(functions, wake_up(cluster.name))
    suspended = {process["ProcessName"] for process in cluster.described()["SuspendedProcesses"]}
    assert suspended == {"AZRebalance", "ReplaceUnhealthy", "Terminate"}
    assert told(answer, "decision")["decision"]["repair"] == ["suspended"]
    # Nobody took it down: at the first sight of a group it is no alert.
    assert metrics(answer)["WallsDown"] == 0


def test_of_two_instances_the_one_that_proved_to_be_empty_leaves_and_the_loaded_one_stays(
    functions: Lambda, aws: LoopbackAws, cluster: Cluster
) -> None:
    loaded, empty = cluster.grow(2)

    def said() -> list[WakeUp]:
        return [
            wake_up(cluster.name, report(cluster.name, loaded, "live", 40, rows=900)),
            wake_up(cluster.name, report(cluster.name, empty, "drained"), PROVEN),
        ]

    deliver(functions, *said())  # walls first: nothing is released while one is missing
    assert cluster.members() == {loaded: "InService", empty: "InService"}
    answer = deliver(functions, *said())
    assert answer.value == ALL_DONE
    assert told(answer, "decision")["decision"]["release"] == [{"instance_id": empty, "step": "terminate"}]
    assert metrics(answer)["Releases"] == 1
    assert (cluster.desired(), cluster.members()[loaded]) == (1, "InService")
    aws.settle()
    assert cluster.members() == {loaded: "InService", empty: "Terminating:Wait"}
    answer = deliver(functions, wake_up(cluster.name))
    assert told(answer, "decision")["decision"]["release"] == [{"instance_id": empty, "step": "continue"}]
    aws.settle()
    assert cluster.members() == {loaded: "InService"}
    assert [termination.instance_id for termination in aws.groups.terminations][-1:] == [empty]


@pytest.fixture(scope="module")
def standing(functions: Lambda, shared: Cluster) -> Cluster:
    """A cluster of six instances whose walls stand; the first is live."""
    shared.grow(6)
    deliver(functions, wake_up(shared.name))
    return shared


@pytest.mark.parametrize(
    ("number", "said", "reason"),
    [
        (1, ("drained", 0, None), "no proof: none came with a report"),
        (2, ("drained", 0, Verdict(False, "STS did not answer: X")), "no proof: STS did not answer: X"),
        (3, ("drained", 7, PROVEN), "holds 7 rows"),
        (4, ("rolled", 7, PROVEN), "not drained but rolled"),
        (5, ("unknown", None, PROVEN), "not drained but unknown"),
    ],
)
def test_an_instance_that_is_not_proven_empty_stays(
    functions: Lambda,
    standing: Cluster,
    number: int,
    said: tuple[str, int | None, Verdict | None],
    reason: str,
) -> None:
    members, (state, rows, verdict) = standing.members(), said
    live, other = sorted(members)[0], sorted(members)[number]
    batch = [
        wake_up(standing.name, report(standing.name, live, "live", 40)),
        wake_up(standing.name, report(standing.name, other, state, rows=rows), verdict),
    ]
    answer = deliver(functions, *batch)
    assert answer.value == ALL_DONE
    assert metrics(answer)["Releases"] == 0
    assert (standing.desired(), standing.members()) == (6, dict.fromkeys(members, "InService"))
    _, body = ask(functions, "GET", "/clusters/{cluster}", f"/clusters/{standing.name}")
    (rdb,) = [rdb for rdb in body["rdbs"] if rdb["instance_id"] == other]
    assert rdb["state"] == state
    assert reason in rdb["not_released_for"]


def test_a_message_that_is_none_of_ours_fails_with_all_later_ones_of_its_group_and_no_others(
    functions: Lambda, shared: Cluster
) -> None:
    # A decision that an alarm woke is logged, though nothing is new in it.
    alarmed = msgspec.structs.replace(wake_up(shared.name), trigger="alarm")
    good = msgspec.json.encode(alarmed).decode()
    bad = json.dumps({"cluster": "elsewhere", "trigger": "hope", "at": "2026-11-23T00:00:00Z", "cause": ""})
    later = good.replace(shared.name, "elsewhere")
    answer = functions.call("Reconcile", records(good, bad, good, later))
    assert failed(answer) == ["1", "3"]
    assert told(answer, "decision")["decision"]["cluster"] == shared.name
    assert metrics(answer)["RefusedEvents"] == 1


def test_every_message_of_a_cluster_that_nobody_knows_is_dropped_and_the_log_says_why(
    functions: Lambda, shared: Cluster
) -> None:
    answer = deliver(functions, wake_up("nowhere"), wake_up(shared.name), wake_up("nowhere"))
    assert answer.value == ALL_DONE
    line = told(answer, "dropped")
    assert (line["level"], line["cluster"], line["causes"]) == ("WARNING", "nowhere", ["sweep"] * 2)
    assert line["reason"] == "cluster: no group is tagged highwater:role=rdb and highwater:cluster=nowhere"
    assert metrics(answer)["DroppedWakeUps"] == 2


@pytest.mark.usefixtures("refusing")
def test_a_report_is_recorded_though_the_group_cannot_be_read(functions: Lambda, shared: Cluster) -> None:
    rdb = "i-0000000000000000b"
    answer = deliver(functions, wake_up(shared.name, report(shared.name, rdb, "live", 70)))
    assert answer.value == ALL_DONE
    assert told(answer, "decision")["decision"]["code"] == "unreadable"
    assert metrics(answer)["FailedCalls"] == 1
    assert shared.ledger().rdbs[rdb].state is State.LIVE


def test_a_batch_in_which_nothing_can_be_handled_is_an_error_and_goes_back_as_a_whole(
    functions: Lambda,
) -> None:
    answer = functions.call("Reconcile", records("nope"))
    assert answer.value["errorType"] == "NothingHandled"
    assert "message: is not JSON" in answer.value["errorMessage"]
