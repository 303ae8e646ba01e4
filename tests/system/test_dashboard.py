"""The dashboard of a cluster shows what there is: metrics, queues and log fields that exist."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from twin.aws.cloudformation import Resources
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options

WORDS = {"SOURCE", "filter", "message", "and", "or", "stats", "as", "by", "sort", "desc", "limit", "fields"}


@pytest.fixture(scope="module")
def seen() -> Iterator[tuple[Resources, dict[str, Any], str]]:
    """The stack of a second cluster, its dashboard, and the log after its first minutes."""
    log = io.StringIO()
    day = Day(Options(), log)
    with day.running():
        resources = day.aws.deploy_cluster("bonds", {"AlarmThreshold": "55", "RollThreshold": "80"})
        day.clock.run_until(MIDNIGHT + timedelta(minutes=2))
        yield resources, json.loads(resources["Dashboard"][1]["DashboardBody"]), log.getvalue()


def widgets(dashboard: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in dashboard["widgets"] if widget["type"] == kind]


def test_the_memory_of_each_rdb_is_shown_with_the_clusters_own_thresholds(seen: Any) -> None:
    _, dashboard, _ = seen
    memory = widgets(dashboard, "metric")[0]
    assert [line["value"] for line in memory["annotations"]["horizontal"]] == [55, 80]
    assert 'Cluster="bonds"' in memory["metrics"][0][0]["expression"]


def test_capacity_is_that_of_the_clusters_rdb_group(seen: Any) -> None:
    resources, dashboard, _ = seen
    assert widgets(dashboard, "metric")[1]["metrics"][0][3] == resources["RdbGroup"][1]["Name"]


def test_every_queue_that_is_shown_exists(seen: Any) -> None:
    _, dashboard, _ = seen
    shown = {str(part) for row in widgets(dashboard, "metric")[2]["metrics"] for part in row}
    urls = boto3.client("sqs").list_queues()["QueueUrls"]
    assert {url.rpartition("/")[2] for url in urls} <= shown


def test_every_metric_of_the_control_plane_that_is_shown_is_one_that_it_counts(seen: Any) -> None:
    _, dashboard, log = seen
    (shown,) = [
        widget["metrics"]
        for widget in widgets(dashboard, "metric")
        if widget["metrics"][0][0] == "Highwater/ControlPlane"
    ]
    emitted = [json.loads(line)["_aws"] for line in log.splitlines() if line.startswith('{"_aws"')]
    counted = {
        metric["Name"] for one in emitted for of in one["CloudWatchMetrics"] for metric in of["Metrics"]
    }
    assert {row[1] for row in shown} <= counted
    assert shown[0][2:] == ["service", "highwater"]


def has(line: dict[str, Any], field: str) -> bool:
    """Return whether a line of the log has a field, as a query names it."""
    found: Any = line
    for part in field.split("."):
        if part not in found:
            return False
        found = found[part]
    return True


def test_every_field_of_a_log_query_is_in_the_log_line_of_a_decision(seen: Any) -> None:
    _, dashboard, log = seen
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    # A decision leaves out what is zero or empty in it.
    of_cluster = [line for line in lines if line.get("message") == "decision" and line["cluster"] == "bonds"]
    for widget in widgets(dashboard, "log"):
        source, _, query = widget["query"].partition("' ")
        assert source == "SOURCE '/highwater/control-plane"
        asked = re.sub(r"'[^']*'|\w+\([\w.]+\) as \w+|@\w+|bin\(\w+\)", " ", query)
        summed = re.findall(r"(?:sum|min|max|pct)\(([\w.]+)", query)
        for field in {*re.findall(r"[a-z_]+(?:\.[a-z_]+)?", asked), *summed} - WORDS - {"pct", "median"}:
            assert any(has(line, field) for line in of_cluster), field
