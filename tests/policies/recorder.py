"""The recording of what each function asked of IAM, over the scenes and over a day with faults."""

import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from highwater.market.feed import Feed
from tests.policies.evaluator import Request
from tests.policies.scenes import SCENES
from tests.policies.sdk_calls import Unmapped, asked
from tests.system.conftest import running_day
from twin.aws.cloudformation import Resources
from twin.aws.delivery import Faults
from twin.aws.wiring import Function
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options

UPDATES_A_MINUTE = 3_000.0
TRADING = timedelta(hours=1)
AFTER = timedelta(minutes=20)


@dataclass(frozen=True)
class Recording:
    """The requests of each function to IAM, by its logical id.

    `unmapped` are calls of which nobody said what they ask, `stacks` both stacks as they were deployed.
    """

    requests: Mapping[str, frozenset[Request]]
    unmapped: frozenset[str]
    control_plane: Resources
    cluster: Resources


class Recorder:
    """Notes what the functions of a day ask of IAM, from now on."""

    def __init__(self, day: Day) -> None:
        self._aws = day.aws
        self._requests: dict[str, set[Request]] = defaultdict(set)
        self._unmapped: set[str] = set()
        stack = day.aws.stacks["highwater"]
        self._ids = {p["Arn"]: name for name, (kind, p) in stack.items() if kind == "AWS::Lambda::Function"}
        day.aws.functions.watchers.append(self._saw)

    def recording(self) -> Recording:
        """The calls that were noted so far."""
        stacks = self._aws.stacks
        requests = {name: frozenset(found) for name, found in self._requests.items()}
        return Recording(requests, frozenset(self._unmapped), stacks["highwater"], stacks["highwater-trades"])

    def _saw(self, function: Function, call: str, params: Mapping[str, Any]) -> None:
        try:
            self._requests[self._ids[function.arn]].update(asked(self._aws, call, params))
        except Unmapped:
            self._unmapped.add(call)


def of_scenes() -> Recording:
    """Every scene, one after the other, on one cluster. Raises AssertionError when a function failed."""
    with running_day() as day:
        recorder = Recorder(day)
        for scene in SCENES:
            scene(day)
        assert day.aws.functions.failures == []
        return recorder.recording()


def of_a_day_with_faults() -> Recording:
    """A short day, from its first host to its releases; messages are lost, doubled and late."""
    feed = Feed(dict.fromkeys(range(int(TRADING.total_seconds()) // 60), UPDATES_A_MINUTE))
    faults = Faults(loss=0.2, duplicates=0.3, delay=60, seed=7)
    options = Options(feed=feed, end_of_day=int(TRADING.total_seconds()), faults=faults)
    day = Day(options, io.StringIO())
    with day.running():
        recorder = Recorder(day)
        day.clock.at(MIDNIGHT + TRADING, day.end_day)
        day.clock.run_until(MIDNIGHT + TRADING + AFTER)
        assert day.aws.functions.failures == []
        assert any(rdb.terminated_at for rdb in day.tickerplant.rdbs.values())
        return recorder.recording()
