"""The reporter's own rules in the place of the twin's model: the same reports, and so the same decisions."""

import io
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

import msgspec
import pytest

from chalicelib.contract import report as contract
from highwater.market.feed import Feed
from highwater.market.host import RdbHost
from rdb.contract.report import State
from rdb.host.identity import Identity
from rdb.host.memory import Memory
from rdb.kdb.status import Seen
from rdb.reporter.reports import Said, due, next_sequence, report_of, said_by
from twin.aws.cloudformation import REGION
from twin.day.day import Day
from twin.day.options import CLUSTER, MIDNIGHT, Options

# Half of the paper's day in an hour: three hosts, of which two roll and leave.
HOURS = 1
OPTIONS = Options(
    feed=Feed(dict.fromkeys(range(60 * HOURS), 160_000 / (60 * HOURS))), end_of_day=HOURS * 3600
)
END = MIDNIGHT + timedelta(hours=HOURS, minutes=30)


class Reporting(RdbHost):
    """The model of a host, with what to report and when taken from the reporter."""

    _said_last: Said | None = None
    _last_sequence = 0

    def tick(self, now: datetime) -> None:
        """The reporter looks at q each second: so at every tick, and at each change between ticks."""
        self.report(now)
        super().tick(now)

    def report(self, now: datetime) -> None:
        """Reports if the reporter would."""
        self._note(now)
        seen = Seen(State(self.state), self.rows, self.first_index, self.last_index)
        memory, scale = (
            Memory(min(self.memory_used, self.memory_total), self.memory_total),
            OPTIONS.cluster.scale,
        )
        if due(self._said_last, seen, memory, scale, now):
            self._last_sequence = next_sequence(self._last_sequence, now)
            identity = Identity(CLUSTER, self.instance_id, REGION)
            report = report_of(identity, seen, memory, self._last_sequence, now)
            self._said_last = said_by(report, scale, self._said_last)
            self._outbox.publish(contract.decode(msgspec.json.encode(report), contract.Report))


class Watched(Day):
    """A short day whose reports are kept."""

    def __init__(self, kind: type[RdbHost]) -> None:
        super().__init__(OPTIONS, io.StringIO())
        self.host_kind = kind
        self.reports: list[contract.Report] = []

    def _publish(self, report: contract.Report) -> None:
        self.reports.append(report)
        super()._publish(report)


def lived(kind: type[RdbHost]) -> tuple[list[dict[str, Any]], list[contract.Report]]:
    """The decisions of such a day, and its reports."""
    day = Watched(kind)
    with day.running():
        day.clock.at(MIDNIGHT + timedelta(hours=HOURS), day.end_day)
        day.clock.run_until(END)
        day.recording.finish(day.table, CLUSTER, day.desired(), day.tickerplant.rdbs.values())
        assert day.referee.unsafe_terminations == []
        assert day.referee.double_launches == []
        return [msgspec.to_builtins(decision) for _, decision in day.recording.decisions], day.reports


@pytest.fixture(scope="module")
def days() -> tuple[Any, Any]:
    """The day of the model and that of the reporter, at once."""
    # New processes: what other tests hold of moto in this one is not of these days.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        model, reporter = pool.map(lived, [RdbHost, Reporting])
    return model, reporter


def test_the_decisions_of_a_day_are_the_same(days: tuple[Any, Any]) -> None:
    (model, _), (reporter, _) = days
    assert sum(decision.get("target") is not None for decision in model) >= 2
    assert sum(len(decision.get("release", ())) for decision in model) >= 2
    assert reporter == model


def test_the_model_reports_when_the_reporter_does_and_the_same(days: tuple[Any, Any]) -> None:
    (_, model), (_, reporter) = days
    assert {report.state for report in model} == set(State) - {State.UNKNOWN}
    # The model writes the time in milliseconds.
    assert [_to_the_millisecond(report) for report in reporter] == model


def _to_the_millisecond(report: contract.Report) -> contract.Report:
    milliseconds = report.sent_at.microsecond // 1000 * 1000
    return msgspec.structs.replace(report, sent_at=report.sent_at.replace(microsecond=milliseconds))
