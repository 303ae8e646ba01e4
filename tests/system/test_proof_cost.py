"""Reports that are replayed, too large or forged by the thousand cost little, and keep no real host out."""

import random
from collections.abc import Iterable
from datetime import timedelta

import pytest

from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from chalicelib.proof.verifier import UNKNOWN_KEYS_A_MINUTE
from chalicelib.reconcile import runtime
from rdb.reporter.proof import signed
from tests.system.proof_reports import ROLE, by, drained, on_report, queued, sts_calls
from twin.aws.cloudformation import ACCOUNT, REGION
from twin.aws.sts import Sts
from twin.day.day import Day


def test_a_replayed_report_is_the_same_sequence_again_and_the_queue_drops_it(day: Day) -> None:
    said = by(day, drained(day))
    on_report(day, said)
    on_report(day, said)
    assert [wake_up.report.sequence for wake_up in queued() if wake_up.report] == [said.sequence]


def test_a_drained_report_of_256_kilobytes_is_refused_without_a_call(day: Day) -> None:
    before = sts_calls(day)
    on_report(day, drained(day, proof="https://" + "x" * 262_000))
    verdict = queued()[-1].verdict
    assert verdict == Verdict(False, "the proof has 262008 characters, at most 4096 are allowed")
    assert sts_calls(day) == before


def holding(wake_ups: Iterable[WakeUp]) -> set[str]:
    """Whose proofs held."""
    return {w.report.instance_id for w in wake_ups if w.report and w.verdict and w.verdict.holds}


class Queue:
    """Takes wake-ups, thousands of them; the embedded SQS slows down with each."""

    def __init__(self) -> None:
        self.sent: list[WakeUp] = []

    def send(self, wake_up: WakeUp, fact: str) -> None:  # noqa: ARG002
        self.sent.append(wake_up)

    def send_all(self, wake_ups: Iterable[WakeUp], fact: str) -> None:  # noqa: ARG002
        self.sent.extend(wake_ups)


def test_a_thousand_forgeries_a_minute_cost_few_calls_and_the_real_host_gets_through(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    random.seed(3)
    queue = Queue()
    monkeypatch.setattr(runtime, "wake_ups", lambda: queue)
    host = "i-0000000000000000f"
    minutes = 0
    while minutes < 2 or not holding(queue.sent):
        minutes += 1
        assert minutes <= 15
        before = sts_calls(day)
        for number in range(1000):
            if number == 500:
                on_report(day, by(day, drained(day, host), session=host))
            # Keys that nobody has, each a new one, signed for what looks like any instance.
            forger = Sts(ACCOUNT, REGION, day.clock.now).credentials(ROLE, f"i-{number:017x}")
            on_report(day, signed(drained(day, f"i-{number:017x}"), forger, REGION))
            day.clock.run_until(day.clock.now() + timedelta(milliseconds=59))
        assert sts_calls(day) - before <= 2 * UNKNOWN_KEYS_A_MINUTE  # two minutes of the clock, at most
    assert holding(queue.sent) == {host}
    assert len(queue.sent) >= minutes * 1001, "what does not hold is recorded all the same"
