"""What a reporter says after it starts again: nothing twice, and no sequence twice."""

from pathlib import Path

import msgspec
import pytest

from rdb.contract.report import Report, State
from tests.rdb.builders import seen
from tests.rdb.reporting import DOWN, Reporting


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


def test_the_journal_is_as_small_as_one_report(reporting: Reporting) -> None:
    for number in range(1000):
        reporting.step(seen(State.LIVE if number % 2 else State.UNKNOWN))
    assert len(reporting.topic.reports) == 1000
    assert (reporting.directory / "reported.json").stat().st_size < 1000
    assert [file.name for file in reporting.directory.iterdir()] == ["reported.json"]
