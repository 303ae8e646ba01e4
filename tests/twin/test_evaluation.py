"""The documented rules for missing data, M out of N, statistics and comparisons."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.twin.alarm_cases import CONTRIBUTOR_DAY, at
from tests.twin.alarm_helpers import LOAD, advance, alarm, record
from twin.aws.alarms.evaluation import Window
from twin.aws.alarms.states import Alarm, AlarmState, Metric, Point

NOW = at(CONTRIBUTOR_DAY, "09:00:20")
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def watching(statistic: str, comparison: str = "GreaterThanThreshold", threshold: float = 5) -> Alarm:
    watches = Metric("ns", "Load", {"Team": "a"}, statistic)
    return alarm(watches=watches, comparison=comparison, threshold=threshold)


def point(value: float, seconds: float = 50, where: str = "ns Load", **dimensions: str) -> Point:
    namespace, metric = where.split()
    return Point(namespace, metric, dimensions or {"Team": "a"}, NOW - timedelta(seconds=seconds), value)


def bins(pattern: str) -> list[Point]:
    """Points of the last minutes before NOW, oldest first: 0 does not breach, X does, - is missing."""
    minutes = pattern.split()
    return [
        point({"0": 1, "X": 9}[found], 60 * (len(minutes) - place))
        for place, found in enumerate(minutes)
        if found != "-"
    ]


def after(one: Alarm, prior: str, points: list[Point]) -> AlarmState:
    return advance(one, record(prior, NOW), points, NOW)[0]


# The two tables of "Configuring how CloudWatch alarms treat missing data" in AWS's documentation, N = 3.
@pytest.mark.parametrize(
    ("m", "pattern", "expected"),
    [
        (3, "0 - X - X", "OK OK OK OK"),
        (3, "- - - - 0", "OK OK OK OK"),
        (3, "- - - - -", "INSUFFICIENT_DATA KEEP ALARM OK"),
        (3, "0 X X - X", "ALARM ALARM ALARM ALARM"),
        (3, "- - X - -", "ALARM KEEP ALARM OK"),
        (2, "0 - X - X", "ALARM ALARM ALARM ALARM"),
        (2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
        (2, "0 - X - -", "OK OK ALARM OK"),
        (2, "- - - - 0", "OK OK ALARM OK"),
        (2, "- - - X -", "ALARM KEEP ALARM OK"),
    ],
)
def test_missing_data_is_treated_as_documented(m: int, pattern: str, expected: str) -> None:
    for treatment, value in zip(TREATMENTS, expected.split(), strict=True):
        for prior in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            new = after(alarm(missing=treatment, m=m, n=3), prior, bins(pattern))
            assert new.value == (prior if value == "KEEP" else value), (treatment, prior)


@pytest.mark.parametrize("prior", ["OK", "INSUFFICIENT_DATA"])
def test_a_lone_breach_does_not_fire_before_a_later_bin_could_have_contradicted_it(prior: str) -> None:
    assert after(alarm(m=2, n=3), prior, bins("- - X")) == record(prior, NOW)
    assert after(alarm(m=2, n=3), prior, bins("- X -")).value == "ALARM"


def test_of_several_breaches_the_oldest_says_whether_firing_is_premature() -> None:
    assert after(alarm(m=3, n=3), "OK", bins("- X X")).value == "OK"
    assert after(alarm(m=3, n=3), "OK", bins("X - X")).value == "ALARM"


def test_all_breaches_are_counted_but_only_those_that_the_state_needs_are_listed() -> None:
    new = after(alarm(m=1, n=3), "OK", bins("X X X"))
    assert new.reason.startswith("Threshold Crossed: 3 out of the last 3 datapoints")
    evaluated = json.loads(new.reason_data or "")["evaluatedDatapoints"]
    assert [found["timestamp"] for found in evaluated] == ["2026-09-23T08:59:00.000+0000"]


def test_a_point_at_the_full_minute_belongs_to_the_minute_that_begins() -> None:
    for later, value in ((0, "INSUFFICIENT_DATA"), (1, "ALARM")):
        now = NOW + timedelta(minutes=later)
        assert advance(watching("Maximum"), record("OK", NOW), [point(9, 20)], now)[0].value == value


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("Average", 4.0), ("Maximum", 9.0), ("Minimum", 1.0), ("Sum", 12.0), ("SampleCount", 3.0)],
)
def test_a_statistic_is_over_all_the_samples_of_a_bin(statistic: str, value: float) -> None:
    points = [point(sample) for sample in (9, 1, 2)]
    others = [
        point(99, where="other Load"),
        point(99, where="ns Other"),
        point(99, Team="b"),
        point(99, Team="a", Kind="k"),
        point(99, 10),
    ]
    new = after(watching(statistic, "GreaterThanOrEqualToThreshold", value), "OK", points + others)
    assert new.reason == (
        f"Threshold Crossed: 1 out of the last 1 datapoints [{value} (23/09/26 08:59:00)] was greater than "
        f"or equal to the threshold ({value}) (minimum 1 datapoint for OK -> ALARM transition)."
    )


@pytest.mark.parametrize(
    ("comparison", "words", "breaching"),
    [
        ("GreaterThanThreshold", "greater than", [6]),
        ("GreaterThanOrEqualToThreshold", "greater than or equal to", [5, 6]),
        ("LessThanThreshold", "less than", [4]),
        ("LessThanOrEqualToThreshold", "less than or equal to", [4, 5]),
    ],
)
def test_each_comparison_breaches_and_is_worded_as_its_name_says(
    comparison: str, words: str, breaching: list[int]
) -> None:
    for value in (4, 5, 6):
        new = after(watching("Maximum", comparison), "INSUFFICIENT_DATA", [point(value)])
        negation = "" if value in breaching else "not "
        assert new.value == ("ALARM" if value in breaching else "OK")
        assert f"was {negation}{words} the threshold (5.0)" in new.reason


@pytest.mark.parametrize(
    ("missing", "prior", "n", "reason"),
    [
        ("missing", "OK", 1, "Insufficient Data: 1 datapoint was unknown."),
        (
            "breaching",
            "OK",
            1,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated "
            "as [Breaching].",
        ),
        (
            "notBreaching",
            "ALARM",
            3,
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were "
            "treated as [NonBreaching].",
        ),
    ],
)
def test_no_data_at_all_has_a_wording_of_its_own(missing: str, prior: str, n: int, reason: str) -> None:
    assert after(alarm(missing=missing, n=n), prior, []).reason == reason


@pytest.mark.parametrize(
    ("period", "lag", "newest"),
    [
        (10, 10, "09:00:00"),
        (10, 0, "09:00:10"),
        (30, 10, "08:59:40"),
        (60, 0, "08:59:00"),
        (300, 0, "08:55:00"),
    ],
)
def test_bins_slide_with_the_evaluation(period: int, lag: int, newest: str) -> None:
    now = at(CONTRIBUTOR_DAY, "09:00:29.9")
    window = Window.of(alarm(period=period), now, timedelta(seconds=lag))
    assert window.start(window.size - 1) == at(CONTRIBUTOR_DAY, newest)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"comparison": "GreaterThanUpperThreshold"}, "GreaterThanUpperThreshold"),
        ({"missing": "notbreaching"}, "notbreaching"),
        ({"watches": Metric("ns", "Load", {}, "p99")}, "p99"),
        ({"m": 3, "n": 2}, "3 datapoints to alarm out of 2"),
        *(({"period": period}, f"period {period} s") for period in (5, 45, 90)),
    ],
)
def test_what_cloudwatch_does_not_have_or_is_not_emulated_is_refused_by_name(
    change: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        alarm(LOAD, **change)
