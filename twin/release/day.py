"""A day in which releases go in and out: the control plane first, and the cluster after it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, TextIO, override

from highwater.market.host import Measured, RdbHost
from twin.aws.functions import Handler
from twin.aws.wiring import Function
from twin.day.day import Day, run_day
from twin.day.options import AFTER, CLUSTER, MIDNIGHT, Options
from twin.day.result import result_of
from twin.release import functions, hosts
from twin.release.built import Release
from twin.release.hosts import ReleasedHost, Reporters, Wires

# Both ways, as docs/deploy.md tells.
CLUSTER_AFTER = timedelta(minutes=10)
# A stack updates its functions one after the other: the last one reads what the others send.
DECIDES, DECIDES_AFTER = "app.reconcile", timedelta(seconds=90)
HandlerOf = Callable[[Function], Handler]
# The gate's word of the one RDB that stays.
IS_LIVE = "it is the live one"


class Going(NamedTuple):
    """A release that goes in, at seconds after midnight."""

    release: Release
    seconds: int


class ReleaseDay(Day):
    """A day of several releases. One that goes in by the opening is there from the start, hosts and all."""

    def __init__(self, options: Options, log: TextIO, goings: Sequence[Going]) -> None:
        super().__init__(options, log)
        self._goings = goings
        self._running = ExitStack()
        self._reporters: Reporters | None = None
        self.gone: list[dict[str, str]] = []

    @contextmanager
    @override
    def running(self) -> Iterator[None]:
        with self._running, super().running():
            yield

    def plan(self) -> None:
        """Put each release on the clock of the running day."""
        self._own = self.aws.functions.handler
        for release, seconds in self._goings:
            at = MIDNIGHT + timedelta(seconds=seconds)
            if at <= self.opening:
                self._control_plane(release)
                self._cluster(release)
            else:
                self.clock.at(at, partial(self._control_plane, release))
                self.clock.at(at + CLUSTER_AFTER, partial(self._cluster, release))

    def _control_plane(self, release: Release) -> None:
        self.aws.upgrade_control_plane(dict(release.control_plane), release.archive)
        handler = self._own
        if release.tree is not None:
            process = functions.running(release, self.clock.now, self.aws.fetch, self.log)
            handler = self._running.enter_context(process).handler
        if self.clock.now() > self.opening:
            before = self.aws.functions.handler
            self.clock.at(self.clock.now() + DECIDES_AFTER, partial(self._answers, handler))
            handler = _but_one(handler, before)
        self._answers(handler)
        self._note(release, "control plane")

    def _answers(self, handler: HandlerOf) -> None:
        self.aws.functions.handler = handler

    def _cluster(self, release: Release) -> None:
        self.aws.upgrade_cluster(CLUSTER, release.cluster)
        wires = Wires(self.say, self._put, self.aws.instance_credentials)
        self._reporters = (
            None if release.tree is None else self._running.enter_context(hosts.running(release, wires))
        )
        self._note(release, "cluster")

    def _note(self, release: Release, what: str) -> None:
        at = f"{max(self.clock.now(), self.opening):%H:%M:%S}"
        self.gone.append({"at": at, "do": "release", "ref": release.ref, "of": what})

    def _put(self, data: Mapping[str, Any]) -> None:
        for datum in data["MetricData"]:
            (instance_id,) = (d["Value"] for d in datum["Dimensions"] if d["Name"] == "InstanceId")
            measured = Measured(instance_id, datum["Value"], datum["Timestamp"], datum["MetricName"])
            self.put_metric(CLUSTER, measured)

    @override
    def new_host(self, instance_id: str) -> RdbHost:
        if self._reporters is None:
            return super().new_host(instance_id)
        return ReleasedHost(instance_id, self.options.cluster, self._reporters, self.clock.now())


def _but_one(handler: HandlerOf, before: HandlerOf) -> HandlerOf:
    """Return the handlers of a release, but that of before where it decides."""
    return lambda function: (before if function.handler == DECIDES else handler)(function)


def play(
    options: Options, goings: Sequence[Going], log: TextIO, progress: Callable[[float], None]
) -> tuple[ReleaseDay, dict[str, Any]]:
    """Run a day with its releases; return it, and its figures with the releases as events.

    `noticed` says what somebody would notice of them: nobody should.
    """
    day = ReleaseDay(options, log, goings)
    wall = run_day(day, progress, day.plan)
    result = result_of(day, wall)
    noticed = list(_noticed(result, evening=options.closing >= options.ends + AFTER))
    if unhandled := len(set(day.aws.functions.unhandled)):
        noticed.append(f"{unhandled} messages of the queue were given back to it")
    return day, result | {"events": day.gone, "noticed": noticed}


def said_of(result: Mapping[str, Any]) -> list[str]:
    """Say who noticed the releases of the day; nothing where none went in."""
    if "noticed" not in result:
        return []
    noticed = [f"The releases were noticed: {sentence}" for sentence in result["noticed"]]
    return noticed or ["Nobody would have noticed the releases."]


def _noticed(result: Mapping[str, Any], *, evening: bool) -> Iterator[str]:
    if minutes := result["minutes_without_live"]:
        yield f"{minutes} minutes without a live RDB"
    if failures := result["handler_failures"]:
        yield f"{failures} calls of functions failed"
    for alert in result["told"]:
        yield f"{alert['at'][11:16]} alert {alert['key']}: {alert['text']}"
    for instance_id, reasons in result["not_released"].items() if evening else ():
        if IS_LIVE not in reasons:
            yield f"{instance_id} is not released: {'; '.join(reasons)}"
