"""The documented rules for missing data, M out of N, statistics and comparisons."""

import json
from datetime import timedelta

import pytest

from tests.twin.alarm_cases import CONTRIBUTOR_DAY, at
from tests.twin.alarm_helpers import ARN, advance, record
from twin.aws.alarms.evaluation import Rule, Window
from twin.aws.alarms.states import Alarm, Metric, Point

NOW = at(CONTRIBUTOR_DAY, "09:00:20")
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def alarm_on(
    statistic: str, comparison: str, threshold: float, missing: str = "missing", m: int = 1, n: int = 1
) -> Alarm:
    return Alarm(
        name="load",
        arn=f"{ARN}load",
        watches=Metric("ns", "Load", {"Team": "a"}, statistic),
        period=60,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        threshold=threshold,
        comparison=comparison,
        treat_missing_data=missing,
    )


def bins(pattern: str) -> list[Point]:
    """Points of the last minutes before NOW, oldest first: 0 does not breach, X does, - is missing."""
    minutes = pattern.split()
    return [
        Point(
            "ns",
            "Load",
            {"Team": "a"},
            NOW - timedelta(minutes=len(minutes) - place),
            {"0": 1, "X": 9}[found],
        )
        for place, found in enumerate(minutes)
        if found != "-"
    ]


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
        alarm = alarm_on("Average", "GreaterThanThreshold", 5, treatment, m, 3)
        for prior in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            new, _ = advance(alarm, record(prior, NOW), bins(pattern), NOW)
            assert new.value == (prior if value == "KEEP" else value), (treatment, prior)


@pytest.mark.parametrize("prior", ["OK", "INSUFFICIENT_DATA"])
def test_a_lone_breach_does_not_fire_before_a_later_bin_could_have_contradicted_it(prior: str) -> None:
    alarm = alarm_on("Average", "GreaterThanThreshold", 5, m=2, n=3)

    assert advance(alarm, record(prior, NOW), bins("- - X"), NOW) == (record(prior, NOW), ())
    assert advance(alarm, record(prior, NOW), bins("- X -"), NOW)[0].value == "ALARM"


def test_of_several_breaches_the_oldest_says_whether_firing_is_premature() -> None:
    alarm = alarm_on("Average", "GreaterThanThreshold", 5, m=3, n=3)

    assert advance(alarm, record("OK", NOW), bins("- X X"), NOW)[0].value == "OK"
    assert advance(alarm, record("OK", NOW), bins("X - X"), NOW)[0].value == "ALARM"


def test_all_breaches_are_counted_but_only_those_that_the_state_needs_are_listed() -> None:
    alarm = alarm_on("Average", "GreaterThanThreshold", 5, m=1, n=3)

    new, _ = advance(alarm, record("OK", NOW), bins("X X X"), NOW)

    assert new.reason.startswith("Threshold Crossed: 3 out of the last 3 datapoints")
    assert [point["timestamp"] for point in json.loads(new.reason_data or "")["evaluatedDatapoints"]] == [
        "2026-09-23T08:59:00.000+0000"
    ]


def test_a_point_at_the_full_minute_belongs_to_the_minute_that_begins() -> None:
    alarm = alarm_on("Maximum", "GreaterThanThreshold", 5)
    point = Point("ns", "Load", {"Team": "a"}, at(CONTRIBUTOR_DAY, "09:00:00"), 9)

    assert advance(alarm, record("OK", NOW), [point], NOW)[0].value == "INSUFFICIENT_DATA"
    assert advance(alarm, record("OK", NOW), [point], NOW + timedelta(minutes=1))[0].value == "ALARM"


@pytest.mark.parametrize(
    ("statistic", "value"),
    [("Average", 4.0), ("Maximum", 9.0), ("Minimum", 1.0), ("Sum", 12.0), ("SampleCount", 3.0)],
)
def test_a_statistic_is_over_all_the_samples_of_a_bin(statistic: str, value: float) -> None:
    points = [Point("ns", "Load", {"Team": "a"}, NOW - timedelta(seconds=50), sample) for sample in (9, 1, 2)]
    others = [
        Point("other", "Load", {"Team": "a"}, NOW - timedelta(seconds=50), 99),
        Point("ns", "Other", {"Team": "a"}, NOW - timedelta(seconds=50), 99),
        Point("ns", "Load", {"Team": "b"}, NOW - timedelta(seconds=50), 99),
        Point("ns", "Load", {"Team": "a", "Kind": "k"}, NOW - timedelta(seconds=50), 99),
        Point("ns", "Load", {"Team": "a"}, NOW - timedelta(seconds=10), 99),
    ]
    alarm = alarm_on(statistic, "GreaterThanOrEqualToThreshold", value)

    new, _ = advance(alarm, record("OK", NOW), points + others, NOW)

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
        point = Point("ns", "Load", {"Team": "a"}, NOW - timedelta(seconds=50), value)
        new, _ = advance(alarm_on("Maximum", comparison, 5), record("INSUFFICIENT_DATA", NOW), [point], NOW)
        negation = "" if value in breaching else "not "
        assert new.value == ("ALARM" if value in breaching else "OK")
        assert f"was {negation}{words} the threshold (5.0)" in new.reason


def test_no_data_at_all_has_a_wording_of_its_own() -> None:
    reasons = {
        missing: advance(
            alarm_on("Maximum", "GreaterThanThreshold", 5, missing, n=n), record(prior, NOW), [], NOW
        )[0].reason
        for missing, prior, n in (("missing", "OK", 1), ("breaching", "OK", 1), ("notBreaching", "ALARM", 3))
    }
    assert reasons == {
        "missing": "Insufficient Data: 1 datapoint was unknown.",
        "breaching": "Threshold Crossed: no datapoints were received for 1 period "
        "and 1 missing datapoint was treated as [Breaching].",
        "notBreaching": "Threshold Crossed: no datapoints were received for 3 periods "
        "and 3 missing datapoints were treated as [NonBreaching].",
    }


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
    rule = Rule(
        period=period,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        threshold=1,
        comparison="LessThanThreshold",
    )
    window = Window.of(rule, at(CONTRIBUTOR_DAY, "09:00:29.9"), timedelta(seconds=lag))
    assert window.start(window.size - 1) == at(CONTRIBUTOR_DAY, newest)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"comparison": "GreaterThanUpperThreshold"}, "GreaterThanUpperThreshold"),
        ({"missing": "notbreaching"}, "notbreaching"),
        ({"statistic": "p99"}, "p99"),
        ({"m": 3, "n": 2}, "3 datapoints to alarm out of 2"),
    ],
)
def test_what_is_not_emulated_is_refused_by_name(change: dict[str, str | int], named: str) -> None:
    settings = {"statistic": "Sum", "comparison": "LessThanThreshold", "threshold": 1} | change
    with pytest.raises(ValueError, match=named):
        alarm_on(**settings)  # type: ignore[arg-type]


def test_a_period_that_cloudwatch_does_not_have_is_refused() -> None:
    for period in (5, 45, 90):
        with pytest.raises(ValueError, match=f"period {period} s"):
            Rule(
                period=period,
                evaluation_periods=1,
                datapoints_to_alarm=1,
                threshold=1,
                comparison="LessThanThreshold",
            )
