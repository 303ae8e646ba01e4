"""The entry points: one function for each trigger. The work is done in chalicelib.triggers."""

from typing import Any

from chalice import Chalice, Rate
from chalice.app import CloudWatchEvent, ConvertToMiddleware, SQSEvent

from chalicelib.adapters.logs import logger, metrics
from chalicelib.contract.names import ALARM_PREFIX, GROUP_PREFIX
from chalicelib.triggers import asking, events, reading
from chalicelib.triggers.batch import handle_batch

app = Chalice(app_name="highwater", configure_logs=False)
app.register_middleware(ConvertToMiddleware(logger.inject_lambda_context))
app.register_middleware(ConvertToMiddleware(metrics.log_metrics))
app.register_blueprint(reading.routes)
app.register_blueprint(asking.routes)

ALARM_EVENTS = {
    "source": ["aws.cloudwatch"],
    "detail-type": ["CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"],
    "detail": {"alarmName": [{"prefix": ALARM_PREFIX}]},
}
# Not that an instance is gone: it took no place since its termination began, and the sweep sees that it left.
FLEET_EVENTS = {
    "source": ["aws.autoscaling"],
    "detail-type": [
        "EC2 Instance Launch Successful",
        "EC2 Instance Launch Unsuccessful",
        "EC2 Instance Terminate Unsuccessful",
        "EC2 Instance-launch Lifecycle Action",
        "EC2 Instance-terminate Lifecycle Action",
    ],
    # Not every group of the account: one of another name is found by the sweep within a minute.
    "detail": {"AutoScalingGroupName": [{"prefix": GROUP_PREFIX}]},
}


# Not `on_sns_message`: that names one topic, and each cluster has its own, which its stack subscribes.
@app.lambda_function()
def on_report(event: dict[str, Any], _context: object) -> None:
    """Take a report of an RDB."""
    events.take_report(event)


@app.on_cw_event(ALARM_EVENTS)
def on_alarm(event: CloudWatchEvent) -> None:
    """Take a memory alarm."""
    events.take_alarm(event.to_dict())


@app.on_cw_event(FLEET_EVENTS)
def on_fleet_event(event: CloudWatchEvent) -> None:
    """Take the news that EC2 Auto Scaling launched or terminated an instance, or failed to."""
    events.take_fleet_event(event.to_dict())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep(_event: CloudWatchEvent) -> None:
    """Look at every cluster once a minute: whatever was lost is found here."""
    events.sweep()


@app.on_sqs_message(queue="highwater-wake-ups.fifo", batch_size=10)
def reconcile(event: SQSEvent) -> dict[str, Any]:
    """Take wake-ups from the queue: the one function that acts."""
    context: Any = event.context
    return handle_batch(event.to_dict()["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
