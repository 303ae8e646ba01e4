"""Events of AWS: messages of topics, CloudWatch alarms in every shape, EC2 Auto Scaling's fleet events."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.contract.errors import BadInput
from chalicelib.contract.names import ALARM_PREFIX, CLUSTER_NAME, REPORTS_PREFIX, Role
from chalicelib.contract.report import AheadOfTime, Report, parse_report
from chalicelib.contract.tickerplant import TickerplantReport, parse_tickerplant, role_of
from chalicelib.core.facts.text import cut
from chalicelib.core.facts.wake_ups import Ahead, WakeUp
from chalicelib.reconcile.environment import Environment


class Published(msgspec.Struct, frozen=True):
    """A message of a cluster's topic; the cluster is by the topic's ARN, whatever the message says."""

    cluster: str
    message: str


def parse_published(event: Mapping[str, Any], here: Environment) -> Published:
    """Return the message of a notification. Raises BadInput for a topic that is no cluster's of ours."""
    (record,) = event["Records"]
    topic: str = record["Sns"]["TopicArn"]
    ours = f"arn:{here.partition}:sns:{here.region}:{here.account}:{REPORTS_PREFIX}"
    cluster = topic.removeprefix(ours)
    if cluster == topic or not re.fullmatch(CLUSTER_NAME, cluster):
        raise BadInput("TopicArn", f"{topic} is not {ours}CLUSTER")
    return Published(cluster, record["Sns"]["Message"])


def report_of(published: Published, received_at: datetime) -> Report | TickerplantReport:
    """Return the report of a message. Raises BadInput, also for one that names another cluster (rule 10)."""
    report: Report | TickerplantReport
    try:
        match role_of(published.message):
            case Role.RDB:
                report = parse_report(published.message, received_at)
            case Role.TICKERPLANT:
                report = parse_tickerplant(published.message, received_at)
    except AheadOfTime as error:
        _check_cluster(error.report, published)
        raise
    _check_cluster(report, published)
    return report


def _check_cluster(report: Report | TickerplantReport, published: Published) -> None:
    if report.cluster != published.cluster:
        raise BadInput("cluster", f"{report.cluster} is not {published.cluster}, whose topic this came by")


def ahead_wake_up(error: AheadOfTime, at: datetime) -> WakeUp:
    """Return the wake-up that tells of a host whose reports are refused for its clock."""
    ahead = Ahead(error.report.instance_id, error.seconds)
    cause = f"{ahead.instance_id} reports with a clock that is {ahead.seconds} s ahead"
    return WakeUp(error.report.cluster, "report", at, cause, ahead=ahead)


def alarmed(event: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the cluster and the cause of a memory alarm that went into ALARM, or None.

    Takes every shape in which EventBridge tells of an alarm (previousState, reasonData and contributor may
    each be absent) and never raises.
    """
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        return None
    name, state = detail.get("alarmName"), detail.get("state")
    if not isinstance(name, str) or not isinstance(state, Mapping) or state.get("value") != "ALARM":
        return None
    cluster = name.removeprefix(ALARM_PREFIX)
    if cluster == name or not re.fullmatch(CLUSTER_NAME, cluster):
        return None
    contributor = detail.get("alarmContributor")
    attributes = contributor.get("attributes") if isinstance(contributor, Mapping) else None
    who = attributes.get("InstanceId") if isinstance(attributes, Mapping) else None
    return cluster, cut(f"{who or name} in ALARM: {state.get('reason', 'no reason given')}")


class FleetEvent(msgspec.Struct, frozen=True):
    """The news of one instance of a group, as EC2 Auto Scaling tells it."""

    group: str
    cause: str
    launch_failed: bool = False


def parse_fleet_event(event: Mapping[str, Any]) -> FleetEvent:
    """Return an event of source aws.autoscaling. Raises BadInput."""
    detail = event.get("detail")
    group = detail.get("AutoScalingGroupName") if isinstance(detail, Mapping) else None
    if not isinstance(detail, Mapping) or not isinstance(group, str) or not group:
        raise BadInput("detail.AutoScalingGroupName", "must name a group")
    instance, what = detail.get("EC2InstanceId") or "no instance", event.get("detail-type", "event")
    return FleetEvent(group, cut(f"{what}: {instance}"), what == "EC2 Instance Launch Unsuccessful")
