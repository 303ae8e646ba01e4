"""One cluster of the twin, and what each function asks of AWS because of one thing that happens."""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from unittest.mock import patch

from chalicelib.contract.names import ALARM_PREFIX
from highwater.market.host import RdbHost
from tests.package.events import alarm
from twin.aws.http_api import Api
from twin.aws.wiring import Function
from twin.day.day import Day
from twin.day.options import CLUSTER, MIDNIGHT, fixed

OPERATOR = "arn:aws:sts::123456789012:assumed-role/operator/bench"
MAX_SIZE = 60
# Shorter than EC2 Auto Scaling takes to react, so that no fleet event is among what follows.
AT_ONCE = 8


class Invocation(NamedTuple):
    """One call of a function: what it asked of AWS, as `service:Operation`, and its wall-clock seconds."""

    function: str
    calls: Counter[str]
    seconds: float


class Watched:
    """A cluster that starts with one live RDB. Whatever happens here happens between two sweeps."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self._seen: list[Invocation] = []

    @property
    def live(self) -> RdbHost:
        """The live RDB."""
        assert self.day.tickerplant.live is not None
        return self.day.tickerplant.live

    def report(self) -> list[Invocation]:
        """Let the live RDB report when nothing is to do."""
        return self.after(lambda: self.live.report(self.day.clock.now()))

    def alarm(self) -> list[Invocation]:
        """Let the memory alarm go off when nothing is to do."""
        event = alarm("alarm-single-metric", ALARM_PREFIX + CLUSTER)
        event["time"] = f"{self.day.clock.now():%FT%TZ}"
        return self.after(lambda: self.day.aws.put_event(event))

    def fill(self) -> list[Invocation]:
        """Fill the live RDB to the scale threshold, which it reports."""
        live = self.live
        until = (live.last_index or 0) + live.room_for(self.day.options.cluster.scale)
        return self.after(lambda: live.take(until, self.day.clock.now()))

    def ask(self, change: int) -> list[Invocation]:
        """Ask for more RDBs over HTTP, as an operator."""
        return self.after(lambda: self._post(change))

    def drain(self, number: int, seconds: float = AT_ONCE) -> list[Invocation]:
        """Drain so many standbys at the same time, with their proofs; one standby is left."""
        clock, tickerplant = self.day.clock, self.day.tickerplant
        self._post(number + 1)
        # Until the hook, which is looked at when the group is new, must be looked at again.
        clock.run_until(clock.now() + timedelta(minutes=15))
        leaving = tickerplant.queue[-number:]

        def drained() -> None:
            for rdb in leaving:
                tickerplant.drain(rdb, clock.now())

        return self.after(drained, seconds)

    def after(self, happens: Callable[[], object], seconds: float = AT_ONCE) -> list[Invocation]:
        """Return every call of a function in so many seconds from `happens` on, but for the sweep's.

        Raises RuntimeError when a function failed: its calls would say nothing.
        """
        self._calm()
        self._seen.clear()
        happens()
        self.day.clock.run_until(self.day.clock.now() + timedelta(seconds=seconds))
        if self.day.aws.functions.failures:
            raise RuntimeError("; ".join(self.day.aws.functions.failures))
        return [invocation for invocation in self._seen if "Sweep" not in invocation.function]

    def record(self, call: Callable[..., Any], function: Function, event: Mapping[str, Any]) -> Any:
        """Note one call of `Functions.call`."""
        counted = self.day.aws.functions.calls
        before, began = Counter(counted), time.perf_counter()
        try:
            return call(function, event)
        finally:
            self._seen.append(Invocation(function.name, counted - before, time.perf_counter() - began))

    def _calm(self) -> None:
        """Let everybody report, so that nobody must for five minutes, and wait until a sweep is over."""
        clock = self.day.clock
        clock.run_until(clock.now() + timedelta(minutes=3))
        for rdb in self.day.tickerplant.rdbs.values():
            if rdb.terminated_at is None:
                rdb.report(clock.now())
        clock.run_until((clock.now() + timedelta(seconds=70)).replace(second=5, microsecond=0))

    def _post(self, change: int) -> None:
        status, answer = Api(self.day.aws, OPERATOR).answer(
            "POST", f"/clusters/{CLUSTER}/capacity", f'{{"change": {change}}}'
        )
        if status != 202:
            raise RuntimeError(f"the twin answered {status}: {answer}")


@contextmanager
def watched() -> Iterator[Watched]:
    """Run the twin with one cluster, from a minute after midnight."""
    day = Day(fixed(max_size=MAX_SIZE), io.StringIO())
    with day.running():
        day.clock.run_until(MIDNIGHT + timedelta(minutes=1))
        cluster, functions = Watched(day), day.aws.functions
        with patch.object(functions, "call", partial(cluster.record, functions.call)):
            yield cluster


def of(function: str, invocations: list[Invocation]) -> Invocation:
    """Return the first call of a function, named by a part of its name. Raises LookupError."""
    found = [invocation for invocation in invocations if function in invocation.function]
    if not found:
        raise LookupError(f"{function} was not called")
    return found[0]
