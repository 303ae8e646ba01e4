"""A cluster is removed only when no RDB is left, and what holds data stays."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.contract.names import RETIRING_TAG
from highwater.deploy.aws.deletion import LONGEST_SECONDS, POLL_SECONDS, delete_group
from highwater.deploy.rules.facts import Group, Stack
from highwater.deploy.rules.removal import group_refusal, instances_refusal, service_refusal
from highwater.terminal import Failed
from tests.highwater.builders import RDB_GROUP, group, stack

RETIRED: dict[str, Any] = {"min_size": 0, "tags": {**group().tags, RETIRING_TAG: "yes"}}


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (group(), "Cluster trades is not retired: run `make retire CLUSTER=trades` first."),
        # At night, by a calendar that keeps none.
        (
            group(min_size=0, desired=0, instances=()),
            "Cluster trades is not retired: run `make retire CLUSTER=trades` first.",
        ),
        (
            group(**RETIRED, instances=(("i-1", "InService"), ("i-2", "Terminating:Retained"))),
            "Cluster trades still has i-1 (InService), i-2 (Terminating:Retained): the control plane "
            "releases each one that is drained. The live one does not drain by itself: stop its feeds, let "
            "it write the day down, then call .highwater.drain[] in its q, which rolls it first. Then run "
            "this again.",
        ),
        (
            group(**RETIRED, instances=()),
            "Cluster trades still wants 1 instances: wait until they have come and gone.",
        ),
        (group(**RETIRED, desired=0, instances=()), None),
        (None, None),
    ],
)
def test_a_group_is_deleted_only_when_it_has_no_instance_and_gets_none(
    there: Group | None, sentence: str | None
) -> None:
    assert instances_refusal("trades", there) == sentence


def test_a_group_that_is_not_the_clusters_is_left_alone() -> None:
    assert group_refusal("trades", "eu-west-1", group()) is None
    assert group_refusal("trades", "eu-west-1", None) == (
        "There is no cluster trades in eu-west-1: give the name and --region that it was created with."
    )
    for tags in ({}, {"highwater:role": "tickerplant", "highwater:cluster": "trades"}):
        assert group_refusal("trades", "eu-west-1", group(tags=tags)) == (
            "Group highwater-trades-rdb is not tagged as the RDBs of trades: fix its tags, or leave it alone."
        )


@pytest.mark.parametrize(
    ("there", "groups", "sentence"),
    [
        (
            None,
            (),
            "There is no control plane in eu-west-1: give the --region that it was created in.",
        ),
        (
            stack(name="highwater"),
            (group(),),
            "The control plane still serves highwater-trades-rdb: remove those clusters first.",
        ),
        (stack(name="highwater"), (), None),
    ],
)
def test_the_control_plane_stays_while_it_serves_a_cluster(
    there: Stack | None, groups: tuple[Group, ...], sentence: str | None
) -> None:
    assert service_refusal("eu-west-1", there, groups) == sentence


class Recorded:
    """EC2 Auto Scaling with one empty group, which is gone after some looks."""

    def __init__(self, looks: int, refuses: str = "") -> None:
        self.calls: list[tuple[str, Any]] = []
        self._looks = looks
        self._refuses = refuses

    def __getattr__(self, call: str) -> Any:
        def answer(**arguments: Any) -> Any:
            self.calls.append((call, {k: v for k, v in arguments.items() if "GroupName" not in k}))
            if call == self._refuses:
                denied: Any = {"Error": {"Code": "ValidationError", "Message": "deletion protection"}}
                raise ClientError(denied, "DeleteAutoScalingGroup")
            if call == "describe_lifecycle_hooks":
                return {"LifecycleHooks": [{"LifecycleHookName": "highwater-terminating"}]}
            self._looks -= call == "describe_auto_scaling_groups"
            return {"AutoScalingGroups": [{}] if self._looks >= 0 else []}

        return answer


def test_the_walls_come_down_in_order_and_the_group_is_deleted_without_force() -> None:
    client, waits = Recorded(looks=2), list[float]()
    delete_group(client, RDB_GROUP, waits.append)
    assert client.calls[:5] == [
        ("update_auto_scaling_group", {"DeletionProtection": "none"}),
        (
            "update_auto_scaling_group",
            {"InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "terminate"}}},
        ),
        ("describe_lifecycle_hooks", {}),
        ("delete_lifecycle_hook", {"LifecycleHookName": "highwater-terminating"}),
        ("delete_auto_scaling_group", {"ForceDelete": False}),
    ]
    assert waits == [POLL_SECONDS, POLL_SECONDS]


def test_a_group_that_aws_does_not_delete_is_said_with_awss_words() -> None:
    with pytest.raises(Failed, match=r"could not be deleted \(.*deletion protection\): run this again"):
        delete_group(Recorded(0, "delete_auto_scaling_group"), RDB_GROUP)


def test_the_wait_for_a_group_ends() -> None:
    waits = list[float]()
    with pytest.raises(Failed, match="is still being deleted"):
        delete_group(Recorded(looks=10**6), RDB_GROUP, waits.append)
    assert sum(waits) == LONGEST_SECONDS
