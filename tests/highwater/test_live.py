"""`check`, and what the estimate counts, on a live stack of the twin: through the real handlers."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

import pytest

from highwater.deploy.commands.check import Check, line_text
from highwater.deploy.rules.counts import MINUTES, Usage, counts_of
from highwater.deploy.rules.judgement import Line
from highwater.terminal import Refused
from tests.highwater.live_twin import ALARM, LiveTwin, live


@pytest.fixture(scope="module")
def running() -> Iterator[LiveTwin]:
    """One stack for all tests of this file, which leave it as they found it."""
    with live() as running:
        yield running


@pytest.fixture
def twin(running: LiveTwin) -> LiveTwin:
    """In time for the next check: swept, and nothing set yet."""
    running.sleep(60)
    running.set_to.clear()
    return running


def checked(twin: LiveTwin, cluster: str = "trades") -> dict[str, Line]:
    """The lines of a check, by what they are about; the last one of each."""
    check = Check(twin.session, 60, twin.now, twin.sleep)
    return {line.about: line for line in check.lines(cluster)}


def test_a_stack_that_is_as_it_should_be_has_only_the_warning_that_nobody_is_told(twin: LiveTwin) -> None:
    lines = checked(twin)
    assert {about: line.verdict for about, line in lines.items()} == {
        "control plane": "ok",
        "cluster": "ok",
        "releases": "ok",
        "walls": "ok",
        "tickerplant": "ok",
        "dead letters": "ok",
        "operators": "warning",
        "sweep": "ok",
        "alarm": "ok",
    }
    assert twin.set_to == ["ALARM", "OK"]


def test_the_decision_that_follows_the_alarm_launches_nothing(twin: LiveTwin) -> None:
    before = twin.day.desired()
    assert "to the decision room: " in checked(twin)["alarm"].seen
    twin.sleep(120)
    assert twin.day.desired() == before


def test_an_alarm_that_is_lost_is_wrong_and_is_set_back_all_the_same(twin: LiveTwin) -> None:
    twin.deaf = True
    line = checked(twin)["alarm"]
    twin.deaf = False
    assert (line.verdict, "EventBridge" in line.todo) == ("wrong", True)
    assert twin.set_to == ["ALARM", "OK"]


def test_the_decision_after_another_alarm_does_not_stand_for_the_one_that_is_lost(twin: LiveTwin) -> None:
    def another(seconds: float) -> None:
        twin.deaf = False
        twin.alarm_set("ALARM", "an RDB crossed the threshold meanwhile")
        twin.deaf = True
        twin.sleep(seconds)

    twin.deaf = True
    lines = list(Check(twin.session, 60, twin.now, another).lines("trades"))
    twin.deaf = False
    assert (lines[-1].verdict, "EventBridge" in lines[-1].todo) == ("wrong", True)


def test_a_real_alarm_is_not_touched(twin: LiveTwin) -> None:
    cloudwatch = twin.session.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="1 out of 1")
    line = checked(twin)["alarm"]
    assert twin.set_to == ["ALARM"]
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="over")
    assert line.verdict == "warning"


def test_a_state_that_cloudwatch_found_meanwhile_is_not_overwritten(twin: LiveTwin) -> None:
    cloudwatch = twin.session.client("cloudwatch")

    def evaluated(seconds: float) -> None:
        cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="1 out of 1")
        twin.sleep(seconds)

    list(Check(twin.session, 60, twin.now, evaluated).lines("trades"))
    state = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"][0]
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="over")
    assert (state["StateValue"], state["StateReason"]) == ("ALARM", "1 out of 1")


def test_a_wall_that_was_taken_down_a_dead_letter_and_a_late_sweep_are_wrong(twin: LiveTwin) -> None:
    autoscaling, sqs = twin.session.client("autoscaling"), twin.session.client("sqs")
    group = "highwater-trades-tickerplant"
    autoscaling.suspend_processes(AutoScalingGroupName=group, ScalingProcesses=["Launch"])
    autoscaling.resume_processes(AutoScalingGroupName="highwater-trades-rdb", ScalingProcesses=["Terminate"])
    url = sqs.get_queue_url(QueueName="highwater-wake-ups-dead-letters.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}", MessageGroupId="trades", MessageDeduplicationId="1")
    late = Check(twin.session, 60, lambda: twin.now() + timedelta(minutes=4), twin.sleep)
    lines = {line.about: line for line in late.lines("trades")}
    autoscaling.resume_processes(AutoScalingGroupName=group)
    sqs.purge_queue(QueueUrl=url)
    assert "Terminate not suspended" in lines["walls"].seen
    wrong = {about for about, line in lines.items() if line.verdict == "wrong"}
    assert wrong == {"walls", "tickerplant", "dead letters", "sweep"}


def test_only_a_confirmed_subscription_tells_anybody(twin: LiveTwin) -> None:
    sns = twin.session.client("sns")
    topic = next(t["TopicArn"] for t in sns.list_topics()["Topics"] if "operators" in t["TopicArn"])
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ann@example.com")
    line = checked(twin)["operators"]
    sns.unsubscribe(SubscriptionArn=answer["SubscriptionArn"])
    assert (line.verdict, line.seen) == ("ok", "confirmed subscriptions: 1")


def test_without_one_of_the_stacks_nothing_else_is_looked_at(twin: LiveTwin) -> None:
    lines = checked(twin, "bonds")
    assert {about: line.verdict for about, line in lines.items()} == {
        "control plane": "ok",
        "cluster": "wrong",
    }
    assert twin.set_to == []


def test_a_stack_of_that_name_which_is_not_the_clusters_is_refused(twin: LiveTwin) -> None:
    queue = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    twin.session.client("cloudformation").create_stack(StackName="highwater-other", TemplateBody=queue)
    with pytest.raises(Refused, match=r"^Stack highwater-other is not of cluster other"):
        checked(twin, "other")


def test_a_line_that_is_not_ok_says_what_to_do(twin: LiveTwin) -> None:
    assert "do: aws sns subscribe --topic-arn arn:" in line_text(checked(twin)["operators"])


def test_an_hour_of_the_twin_makes_no_more_calls_than_the_estimate_counts(twin: LiveTwin) -> None:
    calls = twin.day.aws.functions.calls
    twin.sleep(timedelta(minutes=15).total_seconds())  # what other tests had told is over by then
    before = calls.copy()
    twin.sleep(timedelta(hours=1).total_seconds())
    made, counts = calls - before, counts_of(Usage(rdbs=1, rdb_hours=24))
    # A sweep reads the ledgers once, and so does a reconcile.
    assert MINUTES / 24 <= made["dynamodb:BatchGetItem"] <= MINUTES / 24 + ceil(counts.wake_ups / 24)
    assert 0 < made["dynamodb:PutItem"] + made["dynamodb:TransactWriteItems"] <= counts.wake_ups / 24
    # Each call asks for the one RDB.
    assert 0 < made["cloudwatch:GetMetricData"] <= counts.metrics_asked / 24
