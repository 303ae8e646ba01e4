"""The metrics of a decision are counted from its data, whatever its sentences say."""

from typing import Any

from chalicelib.adapters import logs
from chalicelib.core.alerts import Alert
from chalicelib.core.decision import Decision
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
    assert counted(alerts=(Alert("launch capacity", "late"),)) == {"LaunchesOverdue": 1}
    assert counted(alerts=(Alert("dead i-1", "launch overdue, failed: everything"),)) == {}
