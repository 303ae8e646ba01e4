"""The lines of `check`. Pure: frozen facts and the time in, a line out."""

from datetime import datetime, timedelta
from typing import Literal, assert_never

import msgspec

from chalicelib.contract.names import CLUSTER_TAG, ROLE_TAG, Role
from chalicelib.contract.release import neighbours
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from chalicelib.core.release.walls import missing
from highwater.deploy.rules import facts
from highwater.deploy.rules.behind import behind, parts_of
from highwater.deploy.rules.preflight import VERSION_OUTPUT
from highwater.deploy.rules.releases import Running, release_of
from highwater.deploy.rules.stack_names import creation_command, stack_name, upgrade_command
from highwater.deploy.rules.stack_status import condition_of

LOG = "aws logs tail /highwater/control-plane --since 10m"
SWEPT_WITHIN = timedelta(minutes=3)
Verdict = Literal["ok", "warning", "wrong"]
PASSES: dict[Verdict, bool] = {"ok": True, "warning": True, "wrong": False}


class Line(msgspec.Struct, frozen=True):
    """One line of the check: what was seen and, unless it is ok, what to do."""

    about: str
    verdict: Verdict
    seen: str
    todo: str = ""


class Alarm(msgspec.Struct, frozen=True):
    """The state of an alarm, with the reason and the time of its last change."""

    value: str
    reason: str
    since: datetime


class Answer(msgspec.Struct, frozen=True):
    """The log after an alarm was set: when the function woke the cluster, and the decision that followed."""

    set_at: datetime
    woken_at: datetime | None = None
    decided_at: datetime | None = None
    code: str = ""
    reason: str = ""


def stack_line(about: str, name: str, stack: facts.Stack | None) -> Line:
    """Check that a stack exists, and is at rest as it should be."""
    if stack is None:
        todo = f"{creation_command(name)}, or choose another --region"
        return Line(about, "wrong", f"there is no stack {name} here", todo)
    seen = f"stack {name} is {stack.status}"
    events = f"aws cloudformation describe-stack-events --stack-name {name}"
    match condition := condition_of(stack.status):
        case "complete":
            return Line(about, "ok", seen)
        case "rolled back":
            todo = f"its last update failed: read why ({events}), then {upgrade_command(name)}"
            return Line(about, "warning", seen, todo)
        case "changing" | "not created" | "stuck" | "deleted" | "not deleted" | "other":
            todo = f"wait if it changes; if it failed, read why ({events}) and fix that"
            return Line(about, "wrong", seen, todo)
        case _:
            assert_never(condition)


def output_line(about: str, stack: str, output: str) -> Line:
    """Say that the stack lacks an output, so it is of another version."""
    return Line(about, "wrong", f"stack {stack} has no output {output}", upgrade_command(stack))


def releases_line(plane: facts.Stack, running: Running) -> Line:
    """Check that a cluster is of the control plane's release, or on its way to it from a neighbour."""
    newest, of_stack = release_of(plane), release_of(running.stack)
    if newest is None or of_stack is None:
        return output_line(
            "releases", plane.name if newest is None else stack_name(running.cluster), VERSION_OUTPUT
        )
    seen = f"control plane {newest.number}; {parts_of(running)}"
    todo = "; ".join(behind(running, newest.number))
    if neighbours(of_stack, newest):
        return Line("releases", "warning" if todo else "ok", seen, todo)
    return Line("releases", "wrong", f"{seen}: the stacks are more than one release apart", todo)


def walls_line(cluster: str, groups: tuple[Group, ...], hook_stands: bool, now: datetime) -> Line:
    """Check that there is exactly one RDB group, with all of its walls."""
    if len(groups) != 1:
        found = ", ".join(group.name for group in groups) or "none"
        tags = f"{CLUSTER_TAG}={cluster} and {ROLE_TAG}={Role.RDB}"
        return Line("walls", "wrong", f"groups with {tags}: {found}", "tag exactly one group so")
    group = groups[0]
    ledger = Ledger(cluster, hook=HookSeen(hook_stands, now))
    gaps = missing(Situation(ledger, group, ClusterSettings(), now))
    if gaps:
        todo = "it is repaired within a minute: run this again, then read the reconcile function's log"
        return Line("walls", "wrong", f"{group.name}: {'; '.join(gap.text for gap in gaps)}", todo)
    return Line("walls", "ok", f"{group.name} has all of its walls; instances: {len(group.members)}")


def tickerplant_line(name: str, group: facts.Group | None) -> Line:
    """Check that the tickerplant's group can recover, so that no process of it is suspended."""
    if group is None:
        todo = f"somebody deleted it: remove the cluster and create it again, or restore {name} by hand"
        return Line("tickerplant", "wrong", f"there is no group {name}", todo)
    if group.suspended:
        seen = f"{name}: {', '.join(sorted(group.suspended))} suspended, so it cannot recover"
        todo = f"aws autoscaling resume-processes --auto-scaling-group-name {name}"
        return Line("tickerplant", "wrong", seen, todo)
    return Line("tickerplant", "ok", f"{name} may recover: no process is suspended")


def dead_letters_line(queue: str, messages: int) -> Line:
    """Check that a dead-letter queue is empty."""
    if messages:
        todo = (
            "ErrorMessage or the body says what was refused; fix the sender, then purge: aws sqs "
            "receive-message --message-attribute-names All --queue-url "
            f'"$(aws sqs get-queue-url --queue-name {queue} --query QueueUrl --output text)"'
        )
        return Line("dead letters", "wrong", f"{queue} holds {messages}", todo)
    return Line("dead letters", "ok", f"{queue} is empty")


def operators_line(topic: str, confirmed: int) -> Line:
    """Check that somebody receives alerts."""
    if not confirmed:
        todo = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS"
        return Line("operators", "warning", "nobody is subscribed and confirmed: alerts reach no one", todo)
    return Line("operators", "ok", f"confirmed subscriptions: {confirmed}")


def sweep_line(newest: datetime | None, now: datetime, sdk: str) -> Line:
    """Check that the clock runs: a sweep is logged every minute."""
    todo = f"look whether the EventBridge rule of the function Sweep is enabled, then at its errors: {LOG}"
    if newest is None:
        return Line("sweep", "wrong", "no sweep in the log", todo)
    seconds = (now - newest).total_seconds()
    if now - newest > SWEPT_WITHIN:
        return Line("sweep", "wrong", f"the last sweep was {seconds:.0f} s ago", todo)
    return Line("sweep", "ok", f"the last sweep was {seconds:.0f} s ago, by functions with botocore {sdk}")


def untouched_line(name: str, alarm: Alarm | None) -> Line | None:
    """Say why the alarm may not be set by hand, or return None."""
    if alarm is None:
        todo = "somebody deleted it: create it again as cloudformation/cluster.yaml has it (MemoryAlarm)"
        return Line("alarm", "wrong", f"there is no alarm {name}", todo)
    if alarm.value == "ALARM":
        since = f"{name} is in ALARM since {alarm.since:%FT%TZ}"
        seen = f"{since}, a real one, and was not touched: {alarm.reason}"
        return Line("alarm", "warning", seen, "run this again when it is OK")
    return None


def answer_line(name: str, answer: Answer, waited: float) -> Line:
    """Say what followed when the alarm was set, after so many seconds of waiting."""
    if answer.decided_at is not None:
        seconds = (answer.decided_at - answer.set_at).total_seconds()
        decided = f"{answer.code}: {answer.reason}"
        return Line("alarm", "ok", f"{seconds:.0f} s from {name} to the decision {decided}")
    if answer.woken_at is not None:
        seen = f"{name} woke the cluster, but no decision was logged in {waited:.0f} s"
        todo = f"look at the queue highwater-wake-ups.fifo and at the errors of the function Reconcile: {LOG}"
        return Line("alarm", "wrong", seen, todo)
    seen = f"{name} was set, but nothing was logged in {waited:.0f} s"
    todo = "look at the EventBridge rule of OnAlarm, its failed invocations, and the function's errors"
    return Line("alarm", "wrong", seen, todo)
