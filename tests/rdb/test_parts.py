"""The log, the latest look, the metrics and the request to drain, each by itself; time is the test's."""

from threading import Event, Thread
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from rdb.contract.report import State
from rdb.host.metadata import NoMetadata
from rdb.kdb.errors import TimedOut
from rdb.kdb.status import DRAIN
from rdb.reporter.backoff import Backoff
from rdb.reporter.drainer import Drainer
from rdb.reporter.latest_look import LatestLook
from rdb.reporter.meter import Meter
from tests.rdb.account import LIMIT
from tests.rdb.builders import CLUSTER, ID, IDENTITY, Host, memory, seen

DOWN = EndpointConnectionError(endpoint_url="https://monitoring.us-east-1.amazonaws.com/")


def test_trouble_is_told_when_it_is_new_when_it_changes_and_every_five_minutes() -> None:
    host = Host()
    for second in range(0, 700, 10):
        host.log.trouble("q", "did not answer" if second < 650 else "is not reachable")
        host.passes(10)
    host.log.well("q")
    host.log.well("q")
    assert [(line["timestamp"][14:19], line["message"], line.get("why")) for line in host.told()] == [
        ("00:00", "q in trouble", "did not answer"),
        ("05:00", "q in trouble", "did not answer"),
        ("10:00", "q in trouble", "did not answer"),
        ("10:50", "q in trouble", "is not reachable"),
        ("11:40", "q well again", None),
    ]


def test_each_line_has_the_names_that_were_given_before() -> None:
    host = Host()
    host.log.name(cluster=CLUSTER, instance_id=ID)
    host.log.tell("started")
    (line,) = host.told()
    assert (line["service"], line["cluster"], line["instance_id"]) == ("highwater-rdb", CLUSTER, ID)


def test_a_look_holds_for_its_time_and_no_longer() -> None:
    host = Host()
    latest_look = LatestLook(4.0, lambda: host.seconds)
    assert latest_look.look() is None
    latest_look.put(seen(State.DRAINED), asked_at=0.0)
    host.passes(4)
    assert latest_look.look() == seen(State.DRAINED)
    host.passes(0.1)
    late = latest_look.look()
    assert late is not None
    assert (late.state, late.rows, late.why) == (State.UNKNOWN, None, "no look at q within 4 s")


def test_a_poller_that_never_gets_to_a_look_makes_q_unknown() -> None:
    host = Host()
    latest_look = LatestLook(4.0, lambda: host.seconds)
    host.passes(5)
    late = latest_look.look()
    assert late is not None
    assert late.state is State.UNKNOWN


def test_a_look_ages_from_when_q_was_asked_not_from_its_answer() -> None:
    host = Host()
    latest_look = LatestLook(4.0, lambda: host.seconds)
    host.passes(10)
    latest_look.put(seen(), asked_at=5.0)
    late = latest_look.look()
    assert late is not None
    assert late.state is State.UNKNOWN


def test_who_waits_for_a_look_wakes_with_it() -> None:
    latest_look = LatestLook(4.0, lambda: 0.0)
    woken = Event()

    def waiting() -> None:
        latest_look.wait(0, LIMIT)
        woken.set()

    thread = Thread(target=waiting)
    thread.start()
    latest_look.put(seen(), 0.0)
    assert woken.wait(LIMIT)
    thread.join()
    assert latest_look.wait(0, LIMIT) == 1


class Metered:
    """A meter whose hour passes second by second; what it published: second and name."""

    def __init__(self) -> None:
        self.host, self.calls = Host(), list[dict[str, Any]]()
        self.published: list[tuple[float, str]] = []
        self._meter = Meter(IDENTITY, 60.0, self._put, self.host.log)

    def passes(self, seconds: int, state: State) -> list[tuple[int, str]]:
        """Return what is published meanwhile, by seconds from its begin."""
        began, self.published = self.host.seconds, []
        for _ in range(seconds):
            self._meter.step(seen(state), memory(30), self.host.time, self.host.seconds)
            self.host.passes(1)
        return [(round(at - began), name) for at, name in self.published]

    def _put(self, **data: Any) -> None:
        (datum,) = data["MetricData"]
        self.calls.append(data)
        self.published.append((self.host.seconds, datum["MetricName"]))


def test_one_metric_is_published_each_minute_whatever_q_says_of_itself() -> None:
    meter = Metered()
    assert meter.passes(121, State.UNKNOWN) == [(at, "MemoryUtilization") for at in (0, 60, 120)]
    (datum,) = meter.calls[0]["MetricData"]
    names = [{"Name": "Cluster", "Value": CLUSTER}, {"Name": "InstanceId", "Value": ID}]
    assert (datum["Value"], datum["Unit"], datum["Dimensions"]) == (30.0, "Percent", names)


def test_one_that_has_rolled_goes_on_for_twenty_minutes_and_then_has_a_name_of_its_own_each_five() -> None:
    meter = Metered()
    meter.passes(60, State.LIVE)
    assert meter.passes(1200, State.ROLLED)[-1] == (1140, "MemoryUtilization")
    # At once with the new name: five minutes more without a metric would look like silence.
    rolled = [(at, "RolledMemoryUtilization") for at in (0, 300)]
    assert meter.passes(600, State.ROLLED) == rolled
    # Nothing is taken back by a q that does not answer. Once it is drained the gate looks each minute.
    assert meter.passes(300, State.UNKNOWN) == rolled[:1]
    assert meter.passes(61, State.DRAINED) == [(0, "MemoryUtilization"), (60, "MemoryUtilization")]


def test_the_reporter_of_one_that_rolled_long_ago_starts_with_the_rolled_name() -> None:
    assert Metered().passes(301, State.ROLLED) == [
        (0, "RolledMemoryUtilization"),
        (300, "RolledMemoryUtilization"),
    ]


def test_metrics_are_published_every_so_often_and_after_an_outage_only_the_newest() -> None:
    host, calls, away = Host(), [], False

    def put(**data: Any) -> None:
        calls.append((host.seconds, data))
        if away:
            raise DOWN

    meter = Meter(IDENTITY, 30.0, put, host.log)
    meter._backoff = Backoff(max)

    def step(percent: float) -> None:
        meter.step(seen(), memory(percent), host.time, host.seconds)
        host.passes(1)

    for _ in range(61):
        step(10)
    assert [at for at, _ in calls] == [0, 30, 60]
    away = True
    for _ in range(3600):
        step(20)
    assert len(calls) < 80
    away, before = False, len(calls)
    for _ in range(61):
        step(30)
    values = [data["MetricData"][0]["Value"] for _, data in calls[before:]]
    assert values
    assert set(values) == {30.0}
    assert 12 <= len(host.told("WARNING")) <= 14


class Asked:
    """A q that answers what a test says, and counts."""

    def __init__(self) -> None:
        self.answer: object = True
        self.asked: list[str] = []

    def ask(self, expression: str, timeout: float) -> object:
        assert timeout == 1.0
        self.asked.append(expression)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Requests:
    """Metadata with a request to drain, or with an error."""

    def __init__(self) -> None:
        self.reason: str | NoMetadata = ""

    def drain_request(self) -> str:
        if isinstance(self.reason, NoMetadata):
            raise self.reason
        return self.reason


class Draining:
    """A drainer, a step a second."""

    def __init__(self) -> None:
        self.host, self.q, self.requests = Host(), Asked(), Requests()
        self.drainer = Drainer(self.requests, self.q, 1.0, self.host.log)  # type: ignore[arg-type]

    def step(self, times: int, state: State = State.STANDBY) -> None:
        for _ in range(times):
            self.drainer.step(seen(state), self.host.seconds)
            self.host.passes(1)


@pytest.fixture
def draining() -> Draining:
    return Draining()


def test_q_is_asked_to_drain_gently_and_only_while_it_is_requested_and_not_done(draining: Draining) -> None:
    draining.step(60)
    assert draining.q.asked == []
    draining.requests.reason = "tag highwater:drain"
    draining.step(30)
    assert draining.q.asked == [DRAIN] * 3
    draining.step(60, State.DRAINED)
    assert len(draining.q.asked) == 3
    draining.step(30, State.UNKNOWN)
    assert len(draining.q.asked) == 6
    assert [line["message"] for line in draining.host.told()] == ["drain requested", "drain asked"]


def test_a_q_that_will_not_drain_is_told_of_and_asked_again(draining: Draining) -> None:
    draining.requests.reason = "tag highwater:drain"
    draining.q.answer = False
    draining.step(30, State.LIVE)
    draining.q.answer = TimedOut("q did not answer within 1 s")
    draining.step(30)
    draining.q.answer = True
    draining.step(30)
    assert len(draining.q.asked) == 9
    assert [line.get("why") for line in draining.host.told()[1:]] == [
        ".highwater.drain[] must be 1b, and is 0b, a boolean (-1h): it is live, or cannot write its marker",
        "q did not answer within 1 s",
        None,
        "tag highwater:drain",
    ]


def test_metadata_that_misses_three_times_in_a_row_is_told_of_once_and_asks_nothing_of_q(
    draining: Draining,
) -> None:
    missing = NoMetadata("metadata cannot be reached")
    for reason in (missing, ""):
        draining.requests.reason = reason
        draining.step(2)
    assert draining.host.told() == []
    draining.requests.reason = missing
    draining.step(299)
    assert draining.q.asked == []
    assert len(draining.host.told("WARNING")) == 1
    draining.requests.reason = ""
    draining.step(1)
    assert draining.host.told()[-1]["message"] == "metadata well again"
