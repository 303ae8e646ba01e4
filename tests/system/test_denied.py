"""A call that a policy denies is told within minutes, and is made again once it is allowed."""

import io
import json
from datetime import timedelta

from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import read_template
from tests.system.test_unanswered import refused
from twin.day.day import Day
from twin.day.options import MIDNIGHT, Options

ALARM = read_template(ROOT / "cloudformation" / "control-plane.yaml")["Resources"]["FailedCallsAlarm"][
    "Properties"
]


def test_a_raise_that_is_denied_makes_the_alarm_about_failing_calls_and_is_tried_each_minute() -> None:
    log = io.StringIO()
    day = Day(Options(), log)
    with day.running():
        day.clock.run_until(MIDNIGHT + timedelta(minutes=1))
        denied_from = log.tell()
        with refused("autoscaling", "SetDesiredCapacity", once=True):
            live = day.tickerplant.live
            assert live is not None
            live.rows += live.room_for(70)
            live.report(day.clock.now())
            day.clock.run_until(day.clock.now() + timedelta(minutes=10))
            assert day.desired() == 1
        day.clock.run_until(day.clock.now() + timedelta(minutes=2))
        assert day.desired() == 2
    log.seek(denied_from)
    lines = [json.loads(line) for line in log if line.startswith("{")]
    failed = {
        line["_aws"]["Timestamp"] // 60_000 for line in lines if sum(line.get(ALARM["MetricName"], [0]))
    }
    first = min(failed)
    assert {first + minute for minute in range(ALARM["EvaluationPeriods"])} <= failed
