"""The metrics of a decision are counted from its data, whatever its sentences say."""

from typing import Any

import pytest

from chalicelib.adapters import logs
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.wake_ups import Trigger
from chalicelib.core.release.releases import Release
from tests.unit.builders import NOW


def counted(**facts: Any) -> dict[str, float]:
    logs.metrics.clear_metrics()
    logs.log_decision(Decision("trades", NOW, "room", "", **facts), NOW)
    line: dict[str, Any] = dict(logs.metrics.serialize_metric_set())
    logs.metrics.clear_metrics()
    names = [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
    return {name: line[name][0] for name in names if line[name] != [0.0]}


def test_a_quiet_decision_counts_nothing() -> None:
    assert counted() == {}


def test_failed_calls_are_those_that_aws_did_not_answer_and_those_that_failed() -> None:
    sentences = ("launch 1 failed: 2 failed: 3", "Publish done")
    assert counted(unread=("GetMetricData",), outcome=sentences, failed=2) == {"FailedCalls": 3}


def test_an_overdue_launch_is_told_by_its_case() -> None:
    assert counted(alerts=(Alert.of("launch", "late", "capacity"),)) == {"LaunchesOverdue": 1}
    assert counted(alerts=(Alert.of("dead", "launch overdue, failed: everything", "i-1"),)) == {}


def test_a_wall_is_counted_as_down_when_it_is_told_and_not_when_it_is_built() -> None:
    assert counted(repair=("hook",)) == {}
    down = {"repair": ("hook",), "alerts": (Alert.of("wall", "open", "hook"),)}
    assert counted(**down) == {"WallsDown": 1}
    assert counted(**down, outcome=("PutLifecycleHook failed: denied",), failed=1) == {
        "WallsDown": 1,
        "FailedCalls": 1,
    }


@pytest.mark.parametrize(
    ("release", "numbers"),
    [
        pytest.param([Release("i-1", "terminate"), Release("i-2", "terminate")], 2, id="two places"),
        pytest.param([Release("i-1", "continue")], 0, id="one that gave up its place before"),
        pytest.param([Release("i-1", "end-retained"), Release("i-2", "replace")], 0, id="no place"),
    ],
)
def test_the_line_and_the_metric_count_an_rdb_when_it_gives_up_its_place(
    caplog: pytest.LogCaptureFixture, release: list[Release], numbers: int
) -> None:
    facts = counted(release=tuple(release))
    assert facts.get("Releases", 0) == numbers
    assert vars(caplog.records[-1])["releases"] == numbers


@pytest.mark.parametrize(
    ("desired", "present", "target", "launches"),
    [(1, 1, 3, 2), (1, 3, 3, 0), (1, 2, 3, 1), (2, 2, None, 0), (None, 0, None, 0)],
)
def test_raising_back_to_the_instances_there_launches_nobody(
    desired: int | None, present: int, target: int | None, launches: int
) -> None:
    found = Decision("trades", NOW, "raise", "", desired=desired, counted=present, target=target)
    assert found.launches == launches


@pytest.mark.parametrize(
    ("triggers", "lines"),
    [(("report",), 0), (("sweep", "report"), 0), (("alarm",), 1), (("operator", "sweep"), 1)],
)
def test_a_decision_that_says_nothing_new_has_a_line_only_for_who_awaits_one(
    caplog: pytest.LogCaptureFixture, triggers: tuple[Trigger, ...], lines: int
) -> None:
    counted(quiet=True, triggers=triggers)
    assert len(caplog.records) == lines
