"""The triggers: each validates its fact and queues a wake-up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import botocore
import msgspec

from chalicelib.adapters.logs import count, counted, logger
from chalicelib.contract.names import cluster_named
from chalicelib.contract.report import AheadOfTime, Report
from chalicelib.contract.tickerplant import TickerplantReport
from chalicelib.core.facts.states import says_it_is_empty
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from chalicelib.core.plan import Plan
from chalicelib.reconcile import runtime
from chalicelib.reconcile.environment import Environment
from chalicelib.triggers.aws_events import (
    ahead_wake_up,
    alarmed,
    parse_fleet_event,
    parse_published,
    report_of,
)


@counted()
def take_report(event: Mapping[str, Any]) -> None:
    """Take a report, of an RDB or the tickerplant, from a cluster's topic. Raises BadInput and Unwritten.

    Only the hosts of a cluster may publish to its topic: one that names another cluster is refused (rule 10).
    One of a clock that is ahead is refused, and its host told of.
    The proof of a `drained` one is verified, and only the verdict goes on. A proof that does not hold is no
    error: it is a fact to record like any other.
    """
    now = runtime.utc_now()
    published = parse_published(event, Environment.read())
    try:
        report = report_of(published, now)
    except AheadOfTime as error:
        _wake(ahead_wake_up(error, now), fact=published.message)
        raise
    _wake(_woken_by(report, published.message, now), fact=published.message)


def take_alarm(event: Mapping[str, Any]) -> None:
    """Take an alarm event of any shape; one that is no memory alarm going off is ignored."""
    seen = alarmed(event)
    if seen is None:
        return _ignore("not a memory alarm of ours going into ALARM")
    cluster, cause = seen
    return _wake(WakeUp(cluster, "alarm", runtime.utc_now(), cause), fact=f"{event.get('id')} {cause}")


@counted()
def take_fleet_event(event: Mapping[str, Any]) -> None:
    """Take an event of EC2 Auto Scaling; one of another group is ignored. Raises BadInput and Unwritten.

    The cluster is that of the group's name, as our template calls it: whose the group is by its tags the
    reconcile sees, and of a group of another name the sweep.
    """
    seen = parse_fleet_event(event)
    cluster = cluster_named(seen.group)
    if cluster is None:
        return _ignore(f"{seen.group} is not the group of an RDB cluster")
    wake_up = WakeUp(cluster, "fleet", runtime.utc_now(), seen.cause, launch_failed=seen.launch_failed)
    return _wake(wake_up, fact=str(event.get("id")))


def sweep() -> None:
    """Look at every cluster and queue those that need a reconcile. Raises Unreadable and Unwritten.

    What was seen before a read failed is queued: that the groups cannot be seen is told by a reconcile.
    """
    now = runtime.utc_now()
    plans: list[Plan] = []
    try:
        for plan in runtime.controller().survey(sparing=True):
            plans.append(plan)
    finally:
        found = [plan for plan in plans if plan.due]
        due = [plan.decision.cluster for plan in found]
        woken = (WakeUp(p.decision.cluster, "sweep", now, "sweep", whole=p.whole) for p in found)
        if found:
            runtime.wake_ups().send_all(woken, f"{now:%FT%H:%M}")
    # Lambda brings its own SDK: `highwater check` shows which.
    logger.info("swept", extra={"due": due, "botocore": botocore.__version__})
    count("Sweeps")
    # Each minute, so that an alarm goes on as long as an alert stands.
    count("StandingAlerts", sum(len(plan.decision.alerts) for plan in plans))
    count("WakeUps", len(due))


def _woken_by(report: Report | TickerplantReport, text: str, now: datetime) -> WakeUp:
    if isinstance(report, TickerplantReport):
        cause = f"the tickerplant on {report.instance_id} says that {report.waiting} updates wait"
        return WakeUp(report.cluster, "report", now, cause, tickerplant=report)
    verdict = _verified(report, text, now) if says_it_is_empty(report.state) else None
    cause = f"{report.instance_id} reports {report.state}"
    bare = msgspec.structs.replace(report, proof=None)
    return WakeUp(report.cluster, "report", now, cause, report=bare, verdict=verdict)


def _verified(report: Report, text: str, now: datetime) -> Verdict:
    verdict = runtime.verifier().verdict(report, text, now)
    if not verdict.holds:
        fields = {"cluster": report.cluster, "instance_id": report.instance_id, "reason": verdict.why}
        logger.warning("unproven", extra=fields)
    count("UnprovenReports", not verdict.holds)
    return verdict


def _wake(wake_up: WakeUp, fact: str) -> None:
    runtime.wake_ups().send(wake_up, fact)
    logger.info(
        "woken", extra={"cluster": wake_up.cluster, "trigger": wake_up.trigger, "cause": wake_up.cause}
    )
    count("WakeUps")


def _ignore(reason: str) -> None:
    logger.info("ignored", extra={"reason": reason})
    count("WakeUps", 0)
