"""Metrics as CloudWatch answers them: page after page, complete or not."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest

from chalicelib.adapters.cloudwatch import PERIOD, Seen, Telemetry
from chalicelib.contract.names import METRIC_NAME, ROLLED_METRIC_NAME
from chalicelib.contract.report import MEASURED_EVERY
from chalicelib.core.facts.measuring import Wanted
from chalicelib.core.facts.rdb import Reading
from chalicelib.core.facts.settings import LONGEST
from tests.unit.builders import NOW, A, B, ago


def result(number: int, status: str, *points: tuple[float, float]) -> dict[str, Any]:
    """One part of an answer; points are minutes ago and percent."""
    times: list[datetime] = [ago(minutes) for minutes, _ in points]
    values = [percent for _, percent in points]
    return {"Id": f"m{number}", "StatusCode": status, "Timestamps": times, "Values": values}


def seen(*pages: list[dict[str, Any]], names: tuple[str, ...] = (METRIC_NAME,)) -> Seen:
    """What is seen of two RDBs, where CloudWatch has no point from before it is asked for."""
    wanted = {A: Wanted("trades", names), B: Wanted("quotes", (METRIC_NAME,))}

    def paginate(*, StartTime: datetime, **_: object) -> list[dict[str, Any]]:  # noqa: N803
        return [{"MetricDataResults": [since(StartTime, result) for result in page]} for page in pages]

    client = Mock()
    client.get_paginator.return_value.paginate = paginate
    return Telemetry(client).samples(wanted, NOW)


def since(start: datetime, result: dict[str, Any]) -> dict[str, Any]:
    points = [
        (at, value)
        for at, value in zip(result["Timestamps"], result["Values"], strict=True)
        if at > start - PERIOD
    ]
    return {**result, "Timestamps": [at for at, _ in points], "Values": [value for _, value in points]}


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


@pytest.mark.parametrize(("minutes", "is_seen"), [(15.9, True), (16, False)])
def test_a_reading_of_one_that_takes_data_is_seen_for_a_quarter_of_an_hour(
    minutes: float, is_seen: bool
) -> None:
    old = result(0, "Complete", (minutes, 90.0))
    assert (A in seen([old]).samples) is is_seen
    assert (A in seen([old], names=(METRIC_NAME, ROLLED_METRIC_NAME)).samples) is is_seen


def test_a_reading_of_one_that_rolled_is_seen_for_as_long_as_a_cluster_may_let_it_be_silent() -> None:
    age = (LONGEST + MEASURED_EVERY) / timedelta(minutes=1)
    found = seen([result(0, "Complete", (age, 86.0))], names=(ROLLED_METRIC_NAME,)).samples[A]
    assert (found.newest.percent, found.rested) == (86, True)


def test_one_rests_by_the_name_of_its_newest_reading() -> None:
    names = (METRIC_NAME, ROLLED_METRIC_NAME)
    for began, is_rested in ((3, True), (1, False)):
        points = result(0, "Complete", (began, 30.0)), result(1, "Complete", (2, 86.0))
        assert seen([*points], names=names).samples[A].rested is is_rested


def test_the_highest_of_equal_readings_is_the_newest() -> None:
    found = seen([result(0, "Complete", (3, 60.0), (1, 60.0), (2, 50.0))]).samples[A]
    assert found.highest == Reading(60, ago(1))
