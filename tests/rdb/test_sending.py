"""Reports through failures of AWS, of the clock and of the disk; time is the test's."""

import random
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from rdb.contract.report import Report, State, digest
from rdb.host.memory import Memory
from rdb.kdb.status import Seen
from rdb.reporter.backoff import Backoff
from rdb.reporter.journal import Journal
from rdb.reporter.sender import Sender
from rdb.reporter.sender import Topic as To
from tests.rdb.builders import ID, IDENTITY, NOW, Host, memory, seen

DOWN = EndpointConnectionError(endpoint_url="https://sns.us-east-1.amazonaws.com/")
REFUSED = ClientError({"Error": {"Code": "AuthorizationError", "Message": "not authorized"}}, "Publish")
DRAINED = seen(State.DRAINED)


class Topic:
    """A topic that notes what was published; `error` is what each publish raises."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.attempts = 0
        self.reports: list[Report] = []

    def publish(self, text: str) -> None:
        self.attempts += 1
        if self.error:
            raise self.error
        self.reports.append(msgspec.json.decode(text, type=Report))


class Reporting:
    """One host with its sender, which a test may start anew."""

    def __init__(self, directory: Path) -> None:
        self.host, self.topic, self.directory = Host(), Topic(), directory
        self.restart()

    def restart(self, instance_id: str = ID) -> None:
        self.sender = Sender(
            IDENTITY._replace(instance_id=instance_id),
            60.0,
            # The topic's method at the time of the call: some tests replace it.
            To(
                publish=lambda text: self.topic.publish(text),
                sign=lambda report: msgspec.structs.replace(
                    report, proof=f"proof of {digest(msgspec.json.encode(report))}"
                ),
            ),
            Journal(self.directory),
            self.host.log,
        )

    def step(self, look: Seen, seconds: float = 1.0, mem: Memory | None = None) -> Report | None:
        self.host.passes(seconds)
        return self.sender.step(look, mem or memory(), self.host.time, self.host.seconds)


@pytest.fixture
def reporting(tmp_path: Path) -> Reporting:
    return Reporting(tmp_path)


def test_a_report_is_sent_at_once_then_every_five_minutes_and_each_minute_when_drained(
    reporting: Reporting,
) -> None:
    for look in [seen()] * 700 + [DRAINED] * 150:
        reporting.step(look)
    times = [(report.sent_at - NOW).total_seconds() for report in reporting.topic.reports]
    assert times == [1, 301, 601, 701, 761, 821]


def test_one_that_has_rolled_is_heard_again_after_five_minutes_then_ever_later_up_to_an_hour(
    reporting: Reporting,
) -> None:
    rolled = seen(State.ROLLED)
    for look in [seen()] + [rolled] * 151:
        for _ in range(100):
            reporting.step(look)
    first, *repeated = [(report.sent_at - NOW).total_seconds() for report in reporting.topic.reports[1:]]
    minutes = [int((at - first) / 60) for at in repeated]
    assert minutes == [5, 10, 15, 22, 33, 50, 75, 113, 170, 230]
    reporting.restart()
    again = [reporting.step(rolled) for _ in range(3600)]
    assert [report.state for report in again if report][:1] == [State.ROLLED]


def test_what_takes_a_drained_back_says_so_for_longer_than_its_proof_lives_also_after_a_restart(
    reporting: Reporting,
) -> None:
    reporting.step(DRAINED)
    drained = reporting.topic.reports[-1].sequence
    reporting.step(seen(State.BOOTING))
    reporting.restart()
    for look in [seen(State.ROLLED)] * 1000:
        reporting.step(look)
    told = [(report.sent_at - NOW).total_seconds() for report in reporting.topic.reports if report.takes_back]
    assert {report.takes_back for report in reporting.topic.reports} == {None, drained}
    assert told == [2, 3, 303, 603, 903]


def test_only_drained_is_signed_and_each_time_anew(reporting: Reporting) -> None:
    for look in [seen(), seen(State.ROLLED)] + [DRAINED] * 61:
        reporting.step(look)
    live, rolled, *drained = reporting.topic.reports
    assert live.proof is rolled.proof is None
    assert len(drained) == 2
    assert [report.proof for report in drained] == [
        f"proof of {digest(msgspec.json.encode(report))}" for report in drained
    ]
    assert drained[0].proof != drained[1].proof


def test_a_proof_is_neither_logged_nor_kept(reporting: Reporting) -> None:
    reporting.step(DRAINED)
    assert "proof" not in reporting.host.out.getvalue()
    assert "proof" not in (reporting.directory / "reported.json").read_text()


@given(st.lists(st.tuples(st.sampled_from([*State]), st.floats(0, 2)), max_size=60))
def test_a_state_that_flaps_is_reported_at_most_once_a_second(
    tmp_path_factory: pytest.TempPathFactory, life: list[tuple[State, float]]
) -> None:
    reporting = Reporting(tmp_path_factory.mktemp("state"))
    sent = []
    for state, seconds in life:
        if reporting.step(seen(state), seconds):
            sent.append(reporting.host.seconds)
    assert all(after - before >= 1.0 for before, after in pairwise(sent))


def test_while_aws_is_away_attempts_thin_out_to_a_minute_and_only_the_newest_state_is_reported(
    reporting: Reporting,
) -> None:
    reporting.topic.error = DOWN
    for state in [State.STANDBY] * 1200 + [State.LIVE] * 1200 + [State.ROLLED] * 1200:
        reporting.step(seen(state))
    assert 60 <= reporting.topic.attempts <= 130
    reporting.topic.error = None
    for _ in range(61):
        reporting.step(seen(State.ROLLED))
    assert [report.state for report in reporting.topic.reports] == [State.ROLLED]


def test_after_an_outage_the_next_failure_is_tried_again_at_once(reporting: Reporting) -> None:
    reporting.topic.error = DOWN
    for _ in range(3600):
        reporting.step(seen())
    reporting.topic.error = None
    for _ in range(61):
        reporting.step(seen())
    reporting.topic.error, before = DOWN, reporting.topic.attempts
    for _ in range(3):
        reporting.step(seen(State.ROLLED))
    assert reporting.topic.attempts == before + 2


def test_hosts_that_failed_together_do_not_come_back_together() -> None:
    def comes_back(seed: int) -> float:
        backoff = Backoff(random.Random(seed).uniform)
        for _ in range(12):
            backoff.failed(0.0)
        return next(second / 10 for second in range(700) if not backoff.waits(second / 10))

    times = [comes_back(seed) for seed in range(100)]
    assert 30 <= min(times) <= 33
    assert 57 <= max(times) <= 60.1
    assert len(set(times)) > 50


def test_after_it_worked_the_next_failure_is_a_first_one() -> None:
    backoff = Backoff(max)
    for _ in range(8):
        backoff.failed(0.0)
    assert backoff.waits(59.9)
    backoff.worked()
    backoff.failed(100.0)
    assert backoff.waits(100.9)
    assert not backoff.waits(101.0)


def test_a_lasting_error_is_told_once_and_every_five_minutes_and_its_end_too(reporting: Reporting) -> None:
    reporting.topic.error = REFUSED
    for _ in range(900):
        reporting.step(seen())
    reporting.topic.error = None
    for _ in range(61):
        reporting.step(seen())
    warnings = reporting.host.told("WARNING")
    assert 3 <= len(warnings) <= 4
    assert all("lacks sns:Publish" in line["why"] for line in warnings)
    assert [line["message"] for line in reporting.host.told("INFO")] == ["reports well again", "report"]


def test_an_error_of_another_kind_is_told_at_once(reporting: Reporting) -> None:
    for error in (DOWN, REFUSED):
        reporting.topic.error = error
        reporting.step(seen(), 61)
    assert len(reporting.host.told("WARNING")) == 2


def test_after_a_restart_nothing_is_said_twice_and_the_sequence_goes_on(reporting: Reporting) -> None:
    reporting.step(seen())
    reporting.restart()
    assert reporting.step(seen()) is None
    reporting.host.passes(-50)
    reporting.restart()
    report = reporting.step(seen(State.ROLLED))
    assert report is not None
    assert report.sequence == reporting.topic.reports[0].sequence + 1


def test_after_a_clock_was_set_back_further_the_sequence_is_of_the_new_time(reporting: Reporting) -> None:
    """The one before it was refused, and one more than that would be too, until the clock has caught up."""
    reporting.step(seen())
    reporting.host.passes(-400)
    reporting.restart()
    report = reporting.step(seen(State.ROLLED))
    assert report is not None
    assert report.sequence == int(reporting.host.time.timestamp() * 1000)


def test_a_sequence_that_may_have_been_received_is_never_used_again(reporting: Reporting) -> None:
    """The answer was lost, or the host died between sending and remembering."""
    received: list[int] = []

    def publish_and_fail(text: str) -> None:
        received.append(msgspec.json.decode(text, type=Report).sequence)
        raise DOWN

    reporting.topic.publish = publish_and_fail  # type: ignore[method-assign]
    for _ in range(5):
        reporting.restart()
        reporting.host.passes(-3)
        reporting.step(seen(), 0.0)
    assert received == sorted(set(received))
    assert len(received) == 5


def test_a_state_that_came_back_is_said_again_when_the_one_between_may_have_been_taken(
    reporting: Reporting,
) -> None:
    def take_and_fail(text: str) -> None:
        taken(text)
        raise DOWN

    for restarted in (False, True):
        reporting.step(seen(State.LIVE))
        taken, reporting.topic.publish = reporting.topic.publish, take_and_fail  # type: ignore[method-assign]
        reporting.restart()
        reporting.step(seen(State.UNKNOWN), 2)
        reporting.topic.publish = taken  # type: ignore[method-assign]
        if restarted:
            reporting.restart()
        reporting.step(seen(State.LIVE), 2)
        assert [report.state for report in reporting.topic.reports[-2:]] == [State.UNKNOWN, State.LIVE]


def test_what_another_host_said_is_not_taken_for_ones_own(reporting: Reporting) -> None:
    reporting.step(seen())
    reporting.restart("i-0ffffffffffffffff")
    assert reporting.step(seen()) is not None


@pytest.mark.parametrize("spoil", [b"", b"{", b'{"sequence": "x"}', b"\xff"])
def test_a_journal_that_cannot_be_read_starts_from_the_time(reporting: Reporting, spoil: bytes) -> None:
    (reporting.directory / "reported.json").write_bytes(spoil)
    reporting.restart()
    report = reporting.step(seen())
    assert report is not None
    assert report.sequence == int(reporting.host.time.timestamp() * 1000)


def test_without_a_state_directory_it_reports_all_the_same_and_says_what_is_wrong(tmp_path: Path) -> None:
    reporting = Reporting(tmp_path / "missing")
    first, second = reporting.step(seen()), reporting.step(seen(State.ROLLED))
    assert first is not None
    assert second is not None
    assert second.sequence > first.sequence
    (warning,) = reporting.host.told("WARNING")
    assert "reported.json" in warning["why"]
    assert "No such file or directory" in warning["why"]


def test_what_nobody_expected_is_not_swallowed(reporting: Reporting) -> None:
    reporting.topic.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        reporting.step(seen())


def test_a_report_in_the_log_has_its_reason_and_that_of_q(reporting: Reporting) -> None:
    reporting.step(seen(State.UNKNOWN))
    (line,) = reporting.host.told()
    assert line["why"] == "first report: q does not answer"
    assert line["report"]["rows"] is None
    assert line["timestamp"] == "2026-11-23T12:00:01.000Z"


def test_the_journal_is_as_small_as_one_report(reporting: Reporting) -> None:
    for number in range(1000):
        reporting.step(seen(State.LIVE if number % 2 else State.UNKNOWN))
    assert len(reporting.topic.reports) == 1000
    assert (reporting.directory / "reported.json").stat().st_size < 1000
    assert [file.name for file in reporting.directory.iterdir()] == ["reported.json"]
