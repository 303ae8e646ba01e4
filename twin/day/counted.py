"""What the control plane of a day is billed by, counted where its functions call."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TextIO

from chalicelib.contract.names import METRIC_NAME
from chalicelib.contract.report import State
from highwater.market.host import Measured, RdbHost
from twin.aws.wiring import Function

HOUR = timedelta(hours=1)


# Counted call by call. A day in which one never came has it as 0.
CALLS = ("metrics_put", "reports", "wake_ups", "metrics_asked", "bytes_written")


class Log:
    """A log that is counted on its way, without the lines of the sweep: those are the control plane's own.

    It is no file: one is flushed when it is forgotten, and the log may be closed by then.
    """

    def __init__(self, log: TextIO, running: Callable[[], Function | None]) -> None:
        self._log = log
        self._running = running
        self.written = 0

    def write(self, text: str) -> int:
        """Write a text; return how many characters were written."""
        function = self._running()
        if function is not None and "Sweep" not in function.name:
            self.written += len(text.encode())
        return self._log.write(text)

    def flush(self) -> None:
        """Hand on what waits."""
        self._log.flush()


class Counted:
    """The counts of a day, by the names that `highwater cost --day` knows."""

    def __init__(self, log: TextIO, running: Callable[[], Function | None]) -> None:
        self.log = Log(log, running)
        self._counts = Counter(dict.fromkeys(CALLS, 0))
        self._measured: set[tuple[str, str, datetime]] = set()

    def measured(self, sample: Measured) -> None:
        """Take a metric that a host put: it is billed by the hours in which it comes."""
        self._counts["metrics_put"] += 1
        hour = sample.at.replace(minute=0, second=0, microsecond=0)
        self._measured.add((sample.instance_id, sample.name, hour))

    def reported(self) -> None:
        """Take a report that a host published."""
        self._counts["reports"] += 1

    def saw(self, _function: Function, call: str, params: Mapping[str, Any]) -> None:
        """Take a call of a function."""
        match call:
            case "cloudwatch:GetMetricData":
                self._counts["metrics_asked"] += len(params["MetricDataQueries"])
            case "dynamodb:PutItem":
                self._counts["bytes_written"] += _size(params)
            case "dynamodb:TransactWriteItems":
                # Twice the price.
                self._counts["bytes_written"] += 2 * sum(_size(put["Put"]) for put in params["TransactItems"])
            case "sqs:SendMessage":
                self._counts["wake_ups"] += 1
            case "sqs:SendMessageBatch":
                self._counts["wake_ups"] += len(params["Entries"])

    def shown(self, rdbs: Iterable[RdbHost], end: datetime) -> dict[str, float]:
        """Return the counts, with the hours of each state up to the `end`."""
        alarmed = sum(name == METRIC_NAME for _, name, _ in self._measured)
        states = _hours_of(rdbs, end)
        return {
            **dict(sorted(self._counts.items())),
            "metric_hours": len(self._measured),
            "alarmed_metric_hours": alarmed,
            "bytes_logged": self.log.written,
            "standby_hours": round(states[State.STANDBY], 3),
            "rolled_hours": round(states[State.ROLLED], 3),
        }


def _hours_of(rdbs: Iterable[RdbHost], end: datetime) -> Counter[State]:
    hours: Counter[State] = Counter()
    for rdb in rdbs:
        last = min(rdb.terminated_at or end, end)
        ends = [at for _, at in rdb.history[1:]] + [last]
        for (state, began), until in zip(rdb.history, ends, strict=True):
            hours[state] += max(0.0, (min(until, last) - began) / HOUR)  # type: ignore[assignment]
    return hours


def _size(put: Mapping[str, Any]) -> int:
    return sum(len(text) for name, kind in put["Item"].items() for text in (name, *kind.values()))
