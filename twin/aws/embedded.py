"""The embedded AWS: moto, the strict groups, the alarms and the delivery, wired as the templates say."""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, TextIO
from unittest.mock import patch

import boto3
from botocore.credentials import ReadOnlyCredentials
from moto.events.models import EventPattern
from moto.moto_api._internal import mock_random

from chalicelib.adapters.clients import in_order
from chalicelib.proof import verifier
from chalicelib.reconcile import runtime
from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.deploy.rules.stack_names import CONTROL_PLANE
from twin.autoscaling import AutoScaling, Timings
from twin.aws import package
from twin.aws.account import moto_answering
from twin.aws.alarms.records import Alarm, AlarmState, read_alarm
from twin.aws.alarms.states import step
from twin.aws.clock import Clock
from twin.aws.cloudformation import ACCOUNT, REGION, Resources, default_network, deploy, update
from twin.aws.delivery import Delivery, Faults
from twin.aws.ec2 import Ended, Hosts, Started, unwatched
from twin.aws.functions import Functions
from twin.aws.hot_reads import HotReads
from twin.aws.metrics import MetricStore
from twin.aws.queue_reader import Reader
from twin.aws.refusals import Refusals
from twin.aws.sts import Sts
from twin.aws.wire import Wire
from twin.aws.wiring import Function, Rule, Wiring, wiring

# Captured from real AWS: a closed minute is evaluated at a fixed second of the next one.
ALARM_SECOND = 35
ALARM_SPAN = timedelta(minutes=15)
INGESTION = timedelta(seconds=1)


@dataclass(frozen=True)
class Conditions:
    """The circumstances of one twin.

    `withheld` says of a function's name and an event whether that message never arrives. With `whole_wire`
    every call takes the whole wire; in real time, where an answer may change between two looks, all must.
    """

    faults: Faults = field(default_factory=Faults)
    timings: Timings = field(default_factory=Timings)
    withheld: Callable[[str, Mapping[str, Any]], bool] = lambda _name, _event: False
    whole_wire: bool = False


class EmbeddedAws:
    """One account and region. Enter `running()` before anything else."""

    wiring: Wiring

    def __init__(
        self,
        clock: Clock,
        log: TextIO,
        conditions: Conditions = Conditions(),
        *,
        started: Started = unwatched,
        ended: Ended = unwatched,
    ) -> None:
        self.clock = clock
        self.delivery = Delivery(clock, conditions.faults)
        self.metrics = MetricStore()
        self.stacks: dict[str, Resources] = {}
        self._log = log
        self._conditions = conditions
        self._started = started
        self._ended = ended
        self._alarms: dict[str, tuple[Alarm, AlarmState]] = {}
        self._scheduled: set[str] = set()
        self.readers: dict[str, Reader] = {}
        self._subscribers: dict[str, Callable[[str], None]] = {}
        self._groups_due: datetime | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Deploy the control plane; from here on this process's AWS is the embedded one."""
        # moto draws instance ids and the like: the same seed, the same day. It draws those of the account's
        # network too, now or when that is first asked for, by what ran before in this process: so that is
        # asked for here, and the seed is set again.
        mock_random.seed(self.delivery.seed)
        with moto_answering():
            boto3.client("ec2").describe_vpcs()
            mock_random.seed(self.delivery.seed)
            self.functions = Functions(self.clock, self._log)
            self.hosts = Hosts(self._started, self._ended)
            self.groups = AutoScaling(
                self.hosts, self.put_event, self.clock.now, timings=self._conditions.timings
            )
            self.wire = Wire(self.groups, self.metrics, self.publish, self._plan_groups)
            if not self._conditions.whole_wire:
                HotReads(self.wire).take_over(boto3.DEFAULT_SESSION.events)
            self.refusals = Refusals(lambda: self.functions.running is not None)
            self.sts = Sts(ACCOUNT, REGION, self.clock.now)
            runtime.known_keys.cache_clear()  # a new twin is a new container
            with (
                self.wire.taken_over(),
                self.refusals.taken_over(boto3.DEFAULT_SESSION.events),
                patch.object(runtime, "fetch", self.fetch),
                # Side by side their order, and with it the day, would be another each time.
                patch.object(runtime, "side_by_side", in_order),
            ):
                self._deploy_control_plane()
                yield

    def deploy_cluster(self, cluster: str, parameters: Mapping[str, str]) -> Resources:
        """Deploy a cluster's stack in the default network; its alarms are evaluated from now on."""
        values = {"Cluster": cluster, **default_network(), **parameters}
        stack = f"highwater-{cluster}"
        resources = self.stacks[stack] = deploy(stack, json.loads(_cluster_template()), values)
        self._wire_up()
        return resources

    def upgrade_control_plane(self, template: dict[str, Any], archive: Path) -> None:
        """Update the control plane's stack to another SAM template and zip, while all goes on."""
        before = self.stacks[CONTROL_PLANE]
        self.stacks[CONTROL_PLANE] = package.upgrade_control_plane(template, archive, before)
        self._wire_up()

    def upgrade_cluster(self, cluster: str, template: Mapping[str, Any]) -> None:
        """Update a cluster's stack to another template; hosts go on, and new ones are of that one."""
        stack = f"highwater-{cluster}"
        self.stacks[stack] = update(stack, template, self.stacks[stack])
        self._wire_up()

    def _wire_up(self) -> None:
        """Connect what the stacks have: who calls which function, the queue's readers, schedules, alarms."""
        control_plane = self.stacks[CONTROL_PLANE]
        self.wiring = wiring(control_plane)
        clusters = [resources for stack, resources in self.stacks.items() if stack != CONTROL_PLANE]
        for resources in clusters:
            self.wiring = self.wiring.with_cluster(resources)
        self.api_paths: dict[str, Any] = control_plane["RestAPI"][1]["Body"]["paths"]
        for reader in self.wiring.readers:
            function = partial(self._function, reader.function)
            if reader.queue_arn not in self.readers:
                self.readers[reader.queue_arn] = Reader(
                    self.clock, self.delivery, self.functions, reader, function
                )
        for rule in self.wiring.rules:
            if rule.every and rule.arn not in self._scheduled:
                self._scheduled.add(rule.arn)
                self.clock.every(rule.every, self.clock.now(), partial(self._tick, rule))
        for kind, properties in chain.from_iterable(resources.values() for resources in clusters):
            if kind == "AWS::CloudWatch::Alarm":
                self._watch(properties)
        self._plan_groups()

    def _watch(self, properties: Mapping[str, Any]) -> None:
        """Evaluate an alarm from now on; one that is evaluated already keeps its state."""
        arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{properties['AlarmName']}"
        _, state = self._alarms.get(arn, (None, AlarmState.created(self.clock.now())))
        self._alarms[arn] = read_alarm(properties, arn), state

    def _function(self, arn: str) -> Function:
        return self.wiring.functions[arn]

    def instance_credentials(self, instance_id: str) -> ReadOnlyCredentials:
        """Return the credentials that an instance has: of the role in its template."""
        return self.sts.credentials(self.hosts.role(instance_id), instance_id)

    def put_event(self, event: Mapping[str, Any]) -> None:
        """Carry an event, as EventBridge does, to every function whose rule it matches."""
        for rule in self.wiring.rules:
            if rule.pattern and EventPattern.load(rule.pattern).matches_event(dict(event)):  # type: ignore[arg-type]
                self._trigger(rule, "eventbridge", event)

    def _deploy_control_plane(self) -> None:
        sam = json.loads(package.packaged())
        resources = package.deploy_control_plane(sam, package.OUT / "deployment.zip")
        self.stacks[CONTROL_PLANE] = resources
        self._wire_up()
        second = self.clock.now().replace(second=ALARM_SECOND, microsecond=0)
        self.clock.every(60, second, self.evaluate)

    def subscribe(self, topic_arn: str, subscriber: Callable[[str], None]) -> None:
        """Subscribe a person to a topic: each message comes at once."""
        boto3.client("sns").subscribe(TopicArn=topic_arn, Protocol="email", Endpoint="operators@example.com")
        self._subscribers[topic_arn] = subscriber

    def publish(self, topic_arn: str, message: str) -> None:
        """Carry a message, as SNS does, to who is subscribed, and to functions if they may be called."""
        if subscriber := self._subscribers.get(topic_arn):
            subscriber(message)
        for subscribed, function_arn in self.wiring.subscriptions:
            if subscribed == topic_arn and self.wiring.may_call("sns.amazonaws.com", topic_arn, function_arn):
                self._send("sns", function_arn, _sns_event(topic_arn, message, self.clock))

    def report(self, cluster: str, message: str) -> None:
        """Publish a message to the topic of a cluster, as only a host of that cluster may."""
        self.publish(str(self.stacks[f"highwater-{cluster}"]["Reports"][1]["Name"]), message)

    def sweep(self) -> None:
        """Do now what the rules of the schedule do at their time."""
        for rule in self.wiring.rules:
            if rule.every:
                self._tick(rule)

    def _tick(self, rule: Rule) -> None:
        event = _event("aws.events", "Scheduled Event", [rule.arn], {}, self.clock)
        self._trigger(rule, "schedule", event)

    def _trigger(self, rule: Rule, hop: str, event: Mapping[str, Any]) -> None:
        for target in rule.targets:
            if self.wiring.may_call("events.amazonaws.com", rule.arn, target):
                self._send(hop, target, event)

    def _send(self, hop: str, function_arn: str, event: Mapping[str, Any]) -> None:
        function = self.wiring.functions[function_arn]
        if not self._conditions.withheld(function.name, event):
            self.delivery.send(hop, lambda: self.functions.call_later(function, event, self.wake_readers))

    def wake_readers(self) -> None:
        """Let the queues be read: a function may have sent something."""
        for reader in self.readers.values():
            reader.wake()

    def evaluate(self) -> None:
        """Evaluate every alarm once, as CloudWatch does; its events go where the rules say."""
        now = self.clock.now()
        points = [p for p in self.metrics.recent(now, ALARM_SPAN) if p.at <= now - INGESTION]
        for arn, (alarm, state) in self._alarms.items():
            state, events = step(alarm, state, points, now, (ACCOUNT, REGION))
            self._alarms[arn] = alarm, state
            for event in events:
                self.put_event(event)

    def fetch(self, url: str, headers: Mapping[str, str]) -> verifier.Answer:
        """Answer what a function asks STS. Raises Unproven where the connection breaks."""
        self.functions.calls["sts:GetCallerIdentity"] += 1
        return self.refusals.identity() or self.sts.answer(url, headers)

    def _plan_groups(self) -> None:
        due = self.groups.next_due()
        if due is not None and (self._groups_due is None or due < self._groups_due):
            self._groups_due = due
            self.clock.at(due, self._advance_groups)

    def _advance_groups(self) -> None:
        self._groups_due = None
        self.groups.advance()
        self._plan_groups()


@cache
def _cluster_template() -> str:
    return json.dumps(read_template(CLUSTER_TEMPLATE))


def _sns_event(topic_arn: str, message: str, clock: Clock) -> dict[str, Any]:
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    envelope: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": topic_arn,
        "Subject": None,
        "Message": message,
        "Timestamp": now,
        "MessageAttributes": {},
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": topic_arn,
        "Sns": envelope,
    }
    return {"Records": [record]}


def _event(source: str, kind: str, resources: list[str], detail: Any, clock: Clock) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "time": f"{clock.now():%FT%TZ}",
        "region": REGION,
        "resources": resources,
        "detail": detail,
    }
