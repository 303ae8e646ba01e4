"""The rules that can drive a cluster: Highwater, and three of other autoscalers after public descriptions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, override

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.contract.errors import HighwaterError
from chalicelib.contract.report import Report, State
from chalicelib.core.facts.wake_ups import Verdict, WakeUp
from twin.fuzz.account import Account
from twin.fuzz.clients import Client, controller
from twin.fuzz.site import Site
from twin.fuzz.wire import Killed

AWS_ERRORS = (ClientError, BotoCoreError)
LOW_USAGE = 45.0
NO_METRIC_MINUTES = 3
# What CloudFormation can build of the walls; processes it cannot suspend.
WALLS: Mapping[str, Any] = {
    "NewInstancesProtectedFromScaleIn": True,
    "DeletionProtection": "prevent-all-deletion",
    "InstanceLifecyclePolicy": {"RetentionTriggers": {"TerminateHookAbandon": "retain"}},
    "LifecycleHookSpecificationList": [
        {
            "LifecycleHookName": "highwater-terminating",
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
            "HeartbeatTimeout": 7200,
            "DefaultResult": "ABANDON",
        }
    ],
}


class Rule(ABC):
    """The work of the functions: `reconcile` gets a batch of one cluster, `sweep` comes each minute.

    `settings` are those of the group as this rule's template has them. Under a rule with `walls` they must
    stand at the end of a day, and the ledger must equal the group.
    """

    settings: ClassVar[Mapping[str, Any]] = {}
    walls = False
    failures: ClassVar[tuple[type[BaseException], ...]] = (Killed, *AWS_ERRORS)

    @abstractmethod
    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        """Handle one batch. Raises `failures` when it must come again."""

    @abstractmethod
    def sweep(self) -> Mapping[str, bool]:
        """Look at all clusters; return those that must be reconciled, and how. Raises `failures`."""

    def verdict(self, report: Report, genuine: bool) -> Verdict | None:
        """Return the verdict of the edge on the proof of a `drained` report."""
        if report.state is not State.DRAINED:
            return None
        return Verdict(genuine, "signed by the instance" if genuine else "the proof is forged")


class Highwater(Rule):
    """The real controller."""

    settings = WALLS
    walls = True
    failures = (Killed, HighwaterError, *AWS_ERRORS)

    def __init__(self, account: Account, sites: Sequence[Site]) -> None:
        self._account = account
        self._controller = controller(account.wire, account.function_now)
        self._sites = sites

    @override
    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        note = self._account.note
        note(f"reconcile {cluster}: {', '.join(map(_told, wake_ups)) or 'again'}")
        decision = self._controller.reconcile(cluster, wake_ups)
        note(f"decided for {cluster}: {decision.code}: {decision.reason} {decision.outcome}")

    @override
    def sweep(self) -> Mapping[str, bool]:
        plans = {plan.decision.cluster: plan for plan in self._controller.survey(sparing=True)}
        for site in self._sites:
            plan = plans.get(site.cluster.name)
            site.listed = plan.decision.code if plan else "not listed"
        return {cluster: plan.whole for cluster, plan in plans.items() if plan.due}


class Naive(Rule):
    """Acts on each event as it comes: no ledger, no walls, no proof."""

    def __init__(self, account: Account, sites: Sequence[Site]) -> None:
        self._account = account
        self._sites = {site.cluster.name: site for site in sites}
        self._client = Client(account.wire, "autoscaling")

    @override
    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> None:
        site = self._sites[cluster]
        for wake_up in wake_ups:
            if wake_up.trigger == "alarm":
                self._set(site, self._described(site)["DesiredCapacity"] + 1)
            elif wake_up.report and wake_up.report.state is State.DRAINED:
                self._drained(wake_up.report.instance_id)

    def sweep(self) -> Mapping[str, bool]:
        """Launch the first one of each cluster, or scale in."""
        for site in self._sites.values():
            group = self._described(site)
            if group["DesiredCapacity"] == 0:
                self._set(site, 1)
            else:
                self._scale_in(site, group)
        return {}

    def _drained(self, instance_id: str) -> None:
        """React to an RDB that says it is drained; not at all, unless a rule says how."""

    def _scale_in(self, site: Site, group: Mapping[str, Any]) -> None:
        """React to too much capacity; not at all, unless a rule says how."""

    def _described(self, site: Site) -> Mapping[str, Any]:
        pages = self._client.get_paginator("describe_auto_scaling_groups").paginate()
        groups: Sequence[Mapping[str, Any]] = next(pages)["AutoScalingGroups"]
        return next(group for group in groups if group["AutoScalingGroupName"] == site.group_name)

    def _set(self, site: Site, desired: int) -> None:
        self._client.set_desired_capacity(AutoScalingGroupName=site.group_name, DesiredCapacity=desired)

    def _end(self, instance_id: str) -> None:
        self._client.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, ShouldDecrementDesiredCapacity=True
        )


class DesiredPlusOne(Naive):
    """On an alarm reads the desired capacity, adds one and writes it; on `drained` terminates that one."""

    def _drained(self, instance_id: str) -> None:
        self._end(instance_id)


class OldestFirst(Naive):
    """Writes a lower absolute desired capacity while usage is low, and the group ends its oldest."""

    settings: ClassVar[Mapping[str, Any]] = {"TerminationPolicies": ["OldestInstance"]}

    def _scale_in(self, site: Site, group: Mapping[str, Any]) -> None:
        serving = [m["InstanceId"] for m in group["Instances"] if m["LifecycleState"] == "InService"]
        used = [metric[1] for i in serving if (metric := self._account.metrics.newest(i))]
        if used and sum(used) / len(used) < LOW_USAGE and group["DesiredCapacity"] > 1:
            self._set(site, group["DesiredCapacity"] - 1)


class MissingIsIdle(Naive):
    """Ends an instance in service that has had no metric for some minutes: nothing says that it is in use."""

    @override
    def _scale_in(self, site: Site, group: Mapping[str, Any]) -> None:
        for member in group["Instances"]:
            metric = self._account.metrics.newest(member["InstanceId"])
            if member["LifecycleState"] != "InService" or metric is None:
                continue
            if (self._account.function_now() - metric[0]).total_seconds() > 60 * (NO_METRIC_MINUTES + 1):
                self._end(member["InstanceId"])
                return


RULES: Mapping[str, Callable[[Account, Sequence[Site]], Rule]] = {
    "highwater": Highwater,
    "desired-plus-one": DesiredPlusOne,
    "oldest-first": OldestFirst,
    "missing-is-idle": MissingIsIdle,
}


def _told(wake_up: WakeUp) -> str:
    report = wake_up.report
    if report is None:
        return f"{wake_up.trigger} {wake_up.cause}"
    proof = "" if wake_up.verdict is None else " proven" if wake_up.verdict.holds else " unproven"
    return f"{report.instance_id} says {report.state}{proof}, sequence {report.sequence}"
