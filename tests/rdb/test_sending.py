"""Reports through failures of AWS, of the clock and of the disk; time is the test's."""

import random
from itertools import pairwise

import msgspec
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from rdb.contract.report import State, digest
from rdb.reporter.backoff import Backoff
from tests.rdb.builders import NOW, seen
from tests.rdb.reporting import DOWN, Reporting

REFUSED = ClientError({"Error": {"Code": "AuthorizationError", "Message": "not authorized"}}, "Publish")
DRAINED = seen(State.DRAINED)


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
