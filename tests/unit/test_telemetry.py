"""Metrics as CloudWatch answers them: page after page, complete or not."""

from datetime import datetime
from typing import Any
from unittest.mock import Mock

import pytest

from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.contract.names import METRIC_NAME
from chalicelib.core.facts.measuring import Wanted
from tests.unit.builders import NOW, A, B, ago


def result(number: int, status: str, *points: tuple[float, float]) -> dict[str, Any]:
    """One part of an answer; points are minutes ago and percent."""
    times: list[datetime] = [ago(minutes) for minutes, _ in points]
    values = [percent for _, percent in points]
    return {"Id": f"m{number}", "StatusCode": status, "Timestamps": times, "Values": values}


def seen(*pages: list[dict[str, Any]]) -> Seen:
    client = Mock()
    client.get_paginator.return_value.paginate.return_value = [{"MetricDataResults": page} for page in pages]
    return Telemetry(client).samples(
        {A: Wanted("trades", (METRIC_NAME,)), B: Wanted("quotes", (METRIC_NAME,))}, NOW
    )


def test_the_points_of_one_query_on_two_pages_count_together() -> None:
    found = seen(
        [result(0, "PartialData", (1, 92.0)), result(1, "Complete", (1, 30.0))],
        [result(0, "Complete", (2, 64.0), (3, 60.0))],
    )
    of_a = found.samples[A]
    assert (of_a.newest.percent, of_a.highest.percent) == (92.0, 92.0)
    assert of_a.earlier is not None
    assert of_a.earlier.percent == 60.0
    assert found.samples[B].newest.percent == 30.0
    assert found.failure_of([A, B]) == ""


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_what_is_not_complete_is_told_of_the_cluster_that_it_is_about(status: str) -> None:
    found = seen([result(0, status, (1, 92.0)), result(1, "Complete", (1, 30.0))])
    assert found.samples[A].newest.percent == 92.0
    assert found.failure_of([A]) == f"GetMetricData failed: incomplete for {A} ({status})"
    assert found.failure_of([B]) == ""


def test_no_point_says_more_than_all_or_less_than_nothing() -> None:
    found = seen([result(0, "Complete", (1, 1e9), (2, -5.0), (3, 60.0))]).samples[A]
    assert [reading.percent for reading in found.trail] == [60, 0, 100]
    assert found.highest.percent == 100


def test_an_rdb_without_a_point_is_absent() -> None:
    assert seen([result(0, "Complete")]).samples == {}


def test_five_are_named_and_the_others_counted() -> None:
    found = Seen(incomplete={f"i-{number}": "Forbidden" for number in range(8)})
    assert found.failure_of(found.incomplete).endswith("i-4 (Forbidden) and 3 more")


def test_a_call_that_failed_is_told_of_every_cluster() -> None:
    assert Seen(failure="GetMetricData failed: no").failure_of([A]) == "GetMetricData failed: no"
