"""The control plane's calls to AWS: they are counted here, and timed in bench/."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bench.calls import GONE
from bench.fleet import Fleet, Metered
from bench.watched import Invocation, Watched, of, watched
from chalicelib.adapters.clients import Unreadable
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.core.facts.ledger import Ledger
from chalicelib.triggers import events
from highwater.market.host import Measured
from twin.aws.clock import Clock
from twin.day.options import MIDNIGHT
from twin.fuzz.clients import Client
from twin.fuzz.services import TABLE, Table
from twin.fuzz.wire import Service, Wire

HOOK = "DescribeLifecycleHooks"


@pytest.fixture
def cluster() -> Iterator[Watched]:
    with watched() as cluster:
        yield cluster


def of_autoscaling(invocation: Invocation) -> dict[str, int]:
    """The calls of EC2 Auto Scaling among all."""
    prefix = "autoscaling:"
    return {name.removeprefix(prefix): n for name, n in invocation.calls.items() if name.startswith(prefix)}


def swept(fleet: Fleet) -> Counter[str]:
    """The calls of one sweep."""
    fleet.calls.clear()
    with Clock(MIDNIGHT).running(), fleet.answering():
        events.sweep()
    return Counter(fleet.calls)


READS = {
    "dynamodb:BatchGetItem": 1,
    "autoscaling:DescribeAutoScalingGroups": 1,
    "cloudwatch:GetMetricData": 1,
}


def test_an_idle_decision_makes_three_calls_all_of_which_read(cluster: Watched) -> None:
    assert of("Reconcile", cluster.alarm()).calls == READS


def test_what_the_live_rdb_reports_is_written_with_one_call_more(cluster: Watched) -> None:
    assert of("Reconcile", cluster.report()).calls == {**READS, "dynamodb:PutItem": 1}


def test_a_raise_makes_five_calls_two_of_ec2_auto_scaling(cluster: Watched) -> None:
    raised = of("Reconcile", cluster.fill())
    assert of_autoscaling(raised) == {"DescribeAutoScalingGroups": 1, "SetDesiredCapacity": 1}
    # Its outcome is what was meant, and is not written again.
    assert raised.calls.total() == 5


@pytest.mark.parametrize("drained", [1, 3])
def test_the_release_of_the_drained_makes_one_call_for_each_and_one_more_beside_the_look_at_the_hook(
    cluster: Watched, drained: int
) -> None:
    released = of_autoscaling(of("Reconcile", cluster.drain(drained)))
    assert released.pop(HOOK) == 1  # before a release, unless it was looked at within ten minutes
    assert released == {"DescribeAutoScalingGroups": 1, "TerminateInstanceInAutoScalingGroup": drained}


@pytest.mark.parametrize("drained", [1, 3])
def test_all_functions_make_at_most_ten_calls_and_five_for_each_until_those_that_drained_are_gone(
    cluster: Watched, drained: int
) -> None:
    cluster.fill()
    cluster.ask(1)  # another launch would follow, and be counted
    followed = cluster.drain(drained, GONE)
    assert of("Reconcile", followed).calls.total() <= 5 + drained + 1
    assert sum(invocation.calls.total() for invocation in followed) <= 10 + 5 * drained


def test_the_hook_of_a_quiet_cluster_is_looked_at_once_an_hour(cluster: Watched) -> None:
    calls, clock = cluster.day.aws.functions.calls, cluster.day.clock
    before = calls[f"autoscaling:{HOOK}"]
    clock.run_until(clock.now() + timedelta(hours=2))
    assert calls[f"autoscaling:{HOOK}"] - before == 2


def test_a_sweep_over_a_thousand_quiet_clusters_reads_in_pages_and_wakes_nobody() -> None:
    fleet = Fleet(1000, 20, lambda: MIDNIGHT)
    calls = swept(fleet)
    assert calls.keys() == {
        "autoscaling:DescribeAutoScalingGroups",
        "cloudwatch:GetMetricData",
        "dynamodb:BatchGetItem",
    }
    assert calls["autoscaling:DescribeAutoScalingGroups"] <= 10
    assert calls["cloudwatch:GetMetricData"] <= 20
    assert calls["dynamodb:BatchGetItem"] <= 21  # a hundred items a call, and each cluster has two
    assert fleet.queue.messages == 0


def test_of_many_clusters_only_the_one_that_has_no_room_left_is_woken() -> None:
    fleet = Fleet(150, 20, lambda: MIDNIGHT)
    query = {"AutoScalingGroupNames": ["highwater-cluster-0100-rdb"]}
    (group,) = fleet.groups.call("DescribeAutoScalingGroups", query)["AutoScalingGroups"]
    for member in group["Instances"]:
        fleet.metrics.put("cluster-0100", Measured(member["InstanceId"], 80.0, MIDNIGHT))
    assert swept(fleet)["sqs:SendMessageBatch"] == 1
    assert fleet.queue.messages == 1


def ledgers(table: Service, calls: Counter[str]) -> Ledgers:
    """The real adapter on a table of the model."""
    metered = {"dynamodb": Metered("dynamodb", table, calls)}
    wire = Wire(metered, lambda: MIDNIGHT, lambda _fault: None)
    return Ledgers(Client(wire, "dynamodb"), TABLE)


def test_ledgers_that_are_too_large_for_one_answer_of_dynamodb_are_all_read() -> None:
    table, calls = Table(), Counter[str]()
    written = {f"cluster-{n:03}": Ledger(f"cluster-{n:03}", gist="x" * 350_000) for n in range(100)}
    for ledger in written.values():
        ledgers(table, calls).commit(ledger, None)
    read = ledgers(table, calls).read_many(written)
    assert [isinstance(known, Ledger) and known.gist for known in read.values()] == ["x" * 350_000] * 100
    assert calls["dynamodb:BatchGetItem"] == 4  # 35 MB in two calls of 100 items, at most 16 MB an answer


class Deaf:
    """A table that answers nothing of what it is asked."""

    def call(self, _operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """BatchGetItem."""
        return {"Responses": {TABLE: []}, "UnprocessedKeys": params["RequestItems"]}


def test_a_ledger_that_dynamodb_leaves_unread_is_never_taken_for_an_empty_one() -> None:
    with pytest.raises(Unreadable, match="left all of 4 items unread"):
        ledgers(Deaf(), Counter()).read_many(["bonds", "trades"])
