"""The outcome of a decision cannot be recorded: what was told meanwhile is kept, and not told again."""

import io
from datetime import timedelta

from tests.system.test_unanswered import refused
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options


def test_an_alert_whose_outcome_cannot_be_recorded_is_told_once() -> None:
    day = Day(Options(), io.StringIO())
    with day.running():
        day.clock.run_until(MIDNIGHT + timedelta(minutes=1))
        live = day.tickerplant.live
        assert live is not None
        with (
            refused("autoscaling", "SetDesiredCapacity", once=True),
            refused("dynamodb", "PutItem", naming="decision#") as outcomes,
        ):
            live.rows += live.room_for(70)
            live.report(day.clock.now())
            day.clock.run_until(day.clock.now() + timedelta(minutes=10))
        # Each minute's try has an outcome of its own.
        assert len(outcomes) >= 9
    assert [alert["key"] for alert in day.told.told if alert["key"].startswith("raise")] == ["raise"]
