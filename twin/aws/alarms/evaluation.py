"""CloudWatch's judgement of one time series: the bins it looks at, M out of N, missing data, its reasons.

The rules are AWS's documented ones, made exact where real AWS was captured (radkawar/stackd, commit 9dc356f,
September 2026). Nothing here reads a clock, and times are aware UTC datetimes throughout.
"""

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# An alarm retrieves more bins than it evaluates. Captured with N=3: nine at a period of 10 s; at 60 s, in a
# grouped alarm, at least five, and seven as it seems. AWS publishes no formula; N + 6 fits all of it.
EXTRA_BINS = 6

# The words that AWS's reasons use for the settings of PutMetricAlarm.
TREATMENTS = {
    "missing": "Missing",
    "ignore": "Ignore",
    "breaching": "Breaching",
    "notBreaching": "NonBreaching",
}

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "SampleCount": len,
}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a time series is in alarm: M breaching bins of `period` seconds out of the newest N.

    Raises ValueError for a value that PutMetricAlarm would refuse or that is not emulated.
    """

    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    threshold: float
    comparison: str
    treat_missing_data: str = "missing"

    def __post_init__(self) -> None:
        if self.comparison not in COMPARISONS:
            raise ValueError(f"{self.comparison!r} is not one of {', '.join(COMPARISONS)}")
        if self.treat_missing_data not in TREATMENTS:
            raise ValueError(f"{self.treat_missing_data!r} is not one of {', '.join(TREATMENTS)}")
        m, n = self.datapoints_to_alarm, self.evaluation_periods
        if not 1 <= m <= n:
            raise ValueError(f"{m} datapoints to alarm out of {n} evaluation periods")
        if self.period not in (10, 20, 30) and (self.period < 60 or self.period % 60):
            raise ValueError(f"period {self.period} s is neither 10, 20, 30 nor a multiple of 60")

    def breaches(self, value: float) -> bool:
        """Tell if a value crosses the threshold."""
        return COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Window:
    """The bins that one evaluation sees, numbered from 0 (the oldest); `end` is exclusive."""

    oldest: datetime
    end: datetime
    period: timedelta
    size: int

    @classmethod
    def of(cls, rule: Rule, now: datetime, lag: timedelta = timedelta(0)) -> "Window":
        """Return the window of an evaluation at `now` that sees what is `lag` old.

        Bins slide with the evaluation, each minute or, for a shorter period, each 10 s: an alarm with a
        period of five minutes that is evaluated at 17:04 sees 16:59 to 17:04 (AWS's documentation).
        """
        grid = timedelta(seconds=60 if rule.period >= 60 else 10)
        end = EPOCH + (now - lag - EPOCH) // grid * grid
        period, size = timedelta(seconds=rule.period), rule.evaluation_periods + EXTRA_BINS
        return cls(end - size * period, end, period, size)

    def bin_of(self, at: datetime) -> int | None:
        """Return the number of the bin that holds the instant, None outside the window."""
        return (at - self.oldest) // self.period if self.oldest <= at < self.end else None

    def start(self, number: int) -> datetime:
        """Return the beginning of a bin."""
        return self.oldest + number * self.period


@dataclass(frozen=True)
class Datapoint:
    """The statistic of a bin, and the number of its samples."""

    value: float
    samples: int


Series = Mapping[int, Datapoint]
"""Datapoints by the number of their bin in a window; a bin without data is absent."""


def aggregate(samples: Mapping[int, list[float]], statistic: str) -> Series:
    """Reduce the samples of each bin to its datapoint."""
    return {
        number: Datapoint(float(STATISTICS[statistic](found)), len(found))
        for number, found in samples.items()
    }


@dataclass(frozen=True)
class Verdict:
    """The value that a series has by a rule: its newest N real bins, and those that decide, newest first.

    `value` is None when the rule keeps the state as it was.
    """

    window: Window
    series: Series
    value: str | None
    used: tuple[int, ...]
    hits: tuple[int, ...]


def judge(rule: Rule, window: Window, series: Series) -> Verdict:
    """Judge by the newest N real bins, however old within the window; what they lack is missing data."""
    used = tuple(sorted(series, reverse=True)[: rule.evaluation_periods])
    bad = tuple(number for number in used if rule.breaches(series[number].value))
    good = tuple(number for number in used if number not in bad)
    value = _decide(rule, bad, good, window.size)
    return Verdict(window, series, value, used, bad if value == ALARM else good if value == OK else ())


def _decide(rule: Rule, bad: tuple[int, ...], good: tuple[int, ...], size: int) -> str | None:
    if len(bad) >= rule.datapoints_to_alarm:
        return ALARM
    if rule.treat_missing_data == "breaching":
        return OK if len(good) > rule.evaluation_periods - rule.datapoints_to_alarm else ALARM
    if good or rule.treat_missing_data == "notBreaching":
        return OK
    if rule.treat_missing_data == "ignore":
        return None
    if not bad:
        return INSUFFICIENT_DATA
    # AWS holds a lone breach back until M - 1 later bins could have contradicted it (its "premature alarm"
    # rule). The captures do not tell what it says until then; here the state is kept.
    return ALARM if size - min(bad) >= rule.datapoints_to_alarm else None


def explain(rule: Rule, verdict: Verdict, *, contributor: bool = False) -> str:
    """Word AWS's reason for the verdict; contributors of a grouped alarm have a wording of their own."""
    n, received = rule.evaluation_periods, len(verdict.used)
    if verdict.value == INSUFFICIENT_DATA:
        return f"Insufficient Data: {_datapoints(n)} {_was(n)} unknown."
    filled = ""
    if received < n and rule.treat_missing_data in ("breaching", "notBreaching"):
        treatment = TREATMENTS[rule.treat_missing_data]
        filled = f" and {_datapoints(n - received, 'missing ')} {_was(n - received)} treated as [{treatment}]"
    if not verdict.hits:
        periods = f"{n} period" if n == 1 else f"{n} periods"
        count = _datapoints(received) if received else "no datapoints"
        return f"Threshold Crossed: {count} {_was(received)} received for {periods}{filled}."
    negation, needed, change = _wording(rule, verdict)
    listed = [
        f"{verdict.series[b].value!r} ({verdict.window.start(b):%d/%m/%y %H:%M:%S})" for b in verdict.hits
    ]
    subject = f"Threshold Crossed: {len(listed)} out of the last {n} datapoints"
    comparison, threshold = COMPARISONS[rule.comparison][1], float(rule.threshold)
    crossed = f"{_was(len(listed))} {negation}{comparison} the threshold ({threshold!r})"
    end = f"(minimum {_datapoints(needed)} for {change} transition)."
    if contributor:
        newest = f"The most recent datapoint which {negation}crossed the threshold: [{listed[0]}]"
        return f"{subject} {crossed}{filled}. {newest} {end}"
    return f"{subject} [{', '.join(listed)}] {crossed}{filled} {end}"


def reason_data(rule: Rule, verdict: Verdict, now: datetime, statistic: str | None) -> str:
    """Make the JSON text of stateReasonData; `statistic` is None for an expression, without sample counts.

    `evaluatedDatapoints` are only as many as the state needs: the real ones that speak for it, then the
    newest missing ones, unless missing data is treated as the contrary. There is no `unit`, because alarms
    with a unit are not emulated.
    """
    window, series = verdict.window, verdict.series
    data: dict[str, object] = {"version": "1.0", "queryDate": stamp(now)}
    recent: list[float | None] = []
    if verdict.used:
        first, last = verdict.used[-1], verdict.used[0]
        data["startDate"] = stamp(window.start(first))
        recent = [series[number].value if number in series else None for number in range(first, last + 1)]
    if statistic:
        data["statistic"] = statistic
    data |= {"period": rule.period, "recentDatapoints": recent, "threshold": float(rule.threshold)}
    evaluated: list[dict[str, object]] = []
    for number in _evaluated(rule, verdict):
        evaluated.append({"timestamp": stamp(window.start(number))})
        if number in series:
            counted = {"sampleCount": float(series[number].samples)} if statistic else {}
            evaluated[-1] |= counted | {"value": series[number].value}
    return json.dumps(data | {"evaluatedDatapoints": evaluated}, separators=(",", ":"))


def _evaluated(rule: Rule, verdict: Verdict) -> list[int]:
    n, contrary = rule.evaluation_periods, {ALARM: "notBreaching", OK: "breaching"}
    needed = n if verdict.value == INSUFFICIENT_DATA else _wording(rule, verdict)[1]
    chosen = list(verdict.hits[:needed])
    if rule.treat_missing_data != contrary.get(verdict.value or ""):
        gaps = [number for number in range(verdict.window.size - 1, -1, -1) if number not in verdict.series]
        chosen += gaps[: min(needed - len(chosen), n - len(verdict.used))]
    return sorted(chosen, reverse=True)


def _wording(rule: Rule, verdict: Verdict) -> tuple[str, int, str]:
    if verdict.value == ALARM:
        return "", rule.datapoints_to_alarm, "OK -> ALARM"
    return "not ", rule.evaluation_periods - rule.datapoints_to_alarm + 1, "ALARM -> OK"


def _datapoints(count: int, kind: str = "") -> str:
    return f"{count} {kind}datapoint" if count == 1 else f"{count} {kind}datapoints"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def stamp(at: datetime) -> str:
    """Return a timestamp as CloudWatch writes it: 2026-09-23T21:04:35.087+0000."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
