"""The judgement of a drill: what somebody else ends is not Highwater's deed, what Highwater ends is."""

import io
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.contract.report import State
from tests.drills.conftest import OPTIONS, Play, clock, kept
from twin.aws.cloudformation import REGION
from twin.day.result import broken_promises
from twin.drill.day import DrillDay
from twin.drill.script import parse_script
from twin.drill.selectors import NobodySelected, selected

RAISE = {"do": "http", "method": "POST", "body": {"change": 1}}


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    """The live one's host dies, a rolled one is terminated in EC2, a second cluster raises by itself."""
    return play(
        [
            {"at": "10:05", "do": "terminate", "rdb": "rolled", "through": "ec2"},
            {"at": "10:10", "do": "set_desired", "desired": 99},
            {"at": "10:20", **RAISE, "path": "/clusters/trades/capacity"},
            {"at": "10:20", "do": "report", "rdb": "live", "from_cluster": "quotes"},
            {"at": "10:21", **RAISE, "path": "/clusters/quotes/capacity"},
            {"at": "10:30", "do": "host_dies", "rdb": "live"},
            {"at": "10:31", "do": "set_desired", "desired": 98, "between": True},
            {"at": "10:39:30", "do": "set_desired", "desired": 7, "between": True},
        ],
        until="10:40",
    )  # fmt: skip


def test_what_somebody_else_ends_breaks_no_promise_of_ours(drill: dict[str, Any]) -> None:
    assert kept(drill)
    assert broken_promises(drill) == []


def test_an_event_that_aws_refuses_says_so(drill: dict[str, Any]) -> None:
    refused = {event["line"]: event["refused"] for event in drill["events"] if "refused" in event}
    assert refused.keys() == {2, 7, 8}
    assert "value 99 is above max value" in refused[2]
    assert "value 98 is above max value" in refused[7]
    assert refused[8] == "no write of Highwater came after it"


def test_operators_raises_of_two_clusters_are_answered_and_no_double_launches(drill: dict[str, Any]) -> None:
    assert [answer["status"] for answer in drill["answers"]] == [202, 202]
    assert "10:20" < clock(drill["launches"][1]) < "10:21"
    assert drill["double_launches"] == 0


def test_a_live_rdb_whose_q_hangs_says_nothing_but_that_it_is_unknown() -> None:
    script = parse_script("events", ['{"at": "09:30", "do": "q_hangs", "rdb": "live"}'])
    day = DrillDay(replace(OPTIONS, opens=9 * 3600), io.StringIO(), script)
    with day.running():
        day.clock.run_until(day.opening.replace(minute=20))
        said: list[tuple[State, int | None]] = []
        (rdb,) = day.hosts()
        rdb._outbox = rdb._outbox._replace(publish=lambda one: said.append((one.state, one.rows)))
        day.q_hangs(rdb)
        day.clock.run_until(day.opening.replace(minute=30))
        assert set(said) == {(State.UNKNOWN, None)}
        assert rdb.rows > 0


def test_a_loaded_rdb_that_the_functions_let_end_is_an_unsafe_termination_whoever_began_it() -> None:
    script = parse_script("events", ['{"at": "09:30", "do": "q_hangs", "rdb": "live"}'])
    day = DrillDay(replace(OPTIONS, opens=9 * 3600), io.StringIO(), script)
    with day.running():
        day.clock.run_until(day.opening)
        day.clock.run_until(day.opening.replace(minute=20))
        rdb = selected(day, "live")
        assert rdb.rows > 0
        with pytest.raises(NobodySelected, match=r"standby is nobody here: there are #1 i-.* live"):
            selected(day, "standby")
        terminating = {"InstanceId": rdb.instance_id, "ShouldDecrementDesiredCapacity": False}
        day.by_somebody("TerminateInstanceInAutoScalingGroup", terminating)
        day.referee.excuses(rdb.instance_id)
        day.clock.run_until(day.opening.replace(minute=25))
        boto3.client("autoscaling", region_name=REGION).complete_lifecycle_action(
            AutoScalingGroupName=day.group_name,
            LifecycleHookName="highwater-terminating",
            LifecycleActionResult="CONTINUE",
            InstanceId=rdb.instance_id,
        )
        day.clock.run_until(day.opening.replace(minute=30))
        assert [instance_id for _, instance_id, _ in day.referee.unsafe_terminations] == [rdb.instance_id]
