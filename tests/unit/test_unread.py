"""Calls that read AWS and fail: an alert after the second time, until one works (rule 11)."""

import msgspec
import pytest

from chalicelib.core.alerts.unread import unread_alerts, with_unread
from chalicelib.core.facts.ledger import Fails
from tests.unit.builders import EMPTY, NOW, ago

METRICS = "GetMetricData failed: An error occurred (AccessDenied)"
HOOK = "DescribeLifecycleHooks failed: timeout"
ONCE = msgspec.structs.replace(EMPTY, unread={"GetMetricData": Fails(ago(3), 1, METRICS)})


def test_the_first_failure_is_no_alert_and_the_second_is_one_with_awss_words() -> None:
    ledger = with_unread(EMPTY, [METRICS], ago(3))
    assert list(unread_alerts(ledger)) == []
    (alert,) = unread_alerts(with_unread(ledger, [METRICS], NOW))
    assert alert.key == "unread GetMetricData"
    assert alert.text.startswith(f"AWS could not be read since 2026-11-23T11:57:00Z: {METRICS}; ")


def test_what_is_read_again_is_forgotten() -> None:
    assert with_unread(ONCE, [HOOK], NOW).unread == {"DescribeLifecycleHooks": Fails(NOW, 1, HOOK)}
    assert with_unread(ONCE, [], NOW).unread == {}


@pytest.mark.parametrize("untaken", ["GetMetricData", "another"])
def test_of_a_call_that_was_not_made_nothing_new_is_known(untaken: str) -> None:
    known = with_unread(ONCE, [], NOW, [untaken]).unread
    assert known == (ONCE.unread if untaken == "GetMetricData" else {})


def test_the_ledger_keeps_a_thousand_characters_of_awss_words_at_most() -> None:
    (fails,) = with_unread(EMPTY, [METRICS + "x" * 5000], NOW).unread.values()
    assert len(fails.text) == 1000
