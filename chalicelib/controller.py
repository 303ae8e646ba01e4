"""Observe, decide, commit, act: the only place that acts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from chalicelib.aws import Outcome, Unreadable
from chalicelib.cluster import (
    Group,
    Ledger,
    Samples,
    with_group,
    with_reports,
    with_samples,
    without_old_commands,
)
from chalicelib.contracts import Command, WakeUp
from chalicelib.decisions import Decision, decide, intended
from chalicelib.errors import BadSettings, LedgerContended, UnknownCluster
from chalicelib.group import Groups
from chalicelib.ledger import Ledgers
from chalicelib.settings import ClusterSettings
from chalicelib.telemetry import Telemetry

ATTEMPTS = 3


class Observed(msgspec.Struct, frozen=True):
    """What one look at AWS showed: the group (None when unreadable), samples by instance id, failures."""

    group: Group | None
    samples: dict[str, Samples] = {}
    failures: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A decision, with the ledger before (`known`) and after the facts that it was made on."""

    known: Ledger
    ledger: Ledger
    group: Group | None
    decision: Decision

    @property
    def due(self) -> bool:
        """Whether a sweep must have it reconciled: to act, to record, or for a fact that no later look
        could find again."""
        return self.worth_recording or self.ledger.outline() != self.known.outline()

    @property
    def worth_recording(self) -> bool:
        """A decision is recorded when it acts, when it ignored something, and when its reason changes."""
        decision = self.decision
        return decision.acts or bool(decision.noted) or decision.gist != self.known.standing


class Controller:
    """One reconcile of one cluster, a dry plan of it, and the sweep over all."""

    def __init__(
        self, groups: Groups, telemetry: Telemetry, ledgers: Ledgers, now: Callable[[], datetime]
    ) -> None:
        self._groups = groups
        self._telemetry = telemetry
        self._ledgers = ledgers
        self._now = now

    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> Decision:
        """Folds the wake-ups of one cluster into one decision and carries it out.

        Returns once the facts are recorded, whatever AWS then answered. Raises UnknownCluster, and
        LedgerContended when others won the ledger's condition each time.
        """
        for _ in range(ATTEMPTS):
            plan = self._plan(self._ledgers.read(cluster), self._observe(cluster), wake_ups)
            decision, ledger = plan.decision, intended(plan.ledger, plan.decision)
            if plan.worth_recording:
                ledger = msgspec.structs.replace(ledger, standing=decision.gist)
            written = self._ledgers.commit(ledger, decision if plan.worth_recording else None)
            if written is not None:
                return self._act(plan, written) if decision.acts else decision
        raise LedgerContended(f"{cluster}: the ledger was written by others {ATTEMPTS} times in a row")

    def plan(self, cluster: str, commands: Sequence[Command] = ()) -> Plan:
        """What a reconcile would decide now, acting on nothing. Raises UnknownCluster and Unreadable."""
        observed = self._observe(cluster)
        if observed.group is None:
            raise Unreadable("; ".join(observed.failures))
        now = self._now()
        asked = [WakeUp(cluster, "operator", now, "dry run", command=command) for command in commands]
        return self._plan(self._ledgers.read(cluster), observed, asked)

    def survey(self) -> Iterator[Plan]:
        """A dry plan of every cluster, with few calls: one for 100 groups, 500 RDBs, 100 ledgers.

        Raises Unreadable.
        """
        groups = sorted(self._groups.all(), key=lambda group: group.cluster)
        samples = self._samples(groups)
        ledgers = self._ledgers.read_many(group.cluster for group in groups)
        for cluster, of_cluster in groupby(groups, key=lambda group: group.cluster):
            yield self._plan(ledgers[cluster], _observed(cluster, tuple(of_cluster), *samples), ())

    def _observe(self, cluster: str) -> Observed:
        try:
            groups = self._groups.of_cluster(cluster)
        except Unreadable as error:
            return Observed(None, failures=(str(error),))
        if not groups:
            raise UnknownCluster(cluster)
        return _observed(cluster, groups, *self._samples(groups))

    def _samples(self, groups: Iterable[Group]) -> tuple[dict[str, Samples], tuple[str, ...]]:
        clusters = {instance: group.cluster for group in groups for instance in group.members}
        try:
            return self._telemetry.samples(clusters, self._now()), ()
        except Unreadable as error:
            return {}, (str(error),)

    def _plan(self, known: Ledger, observed: Observed, wake_ups: Sequence[WakeUp]) -> Plan:
        now, group = self._now(), observed.group
        ledger, noted = with_reports(known, ((w.report, w.at) for w in wake_ups if w.report))
        ledger = without_old_commands(ledger, now)
        if group is None:
            reason = "; ".join(observed.failures)
            decision = Decision(cluster=ledger.cluster, at=now, code="unreadable", reason=reason)
        else:
            ledger, gone = with_group(ledger, group, now)
            ledger, noted = with_samples(ledger, observed.samples), (*noted, *gone)
            decision = _decided(ledger, group, now, [w.command for w in wake_ups if w.command])
        decision = msgspec.structs.replace(
            decision,
            noted=noted,
            unread=observed.failures,
            triggers=tuple(dict.fromkeys(w.trigger for w in wake_ups)),
        )
        return Plan(known, ledger, group, decision)

    def _act(self, plan: Plan, committed: Ledger) -> Decision:
        """Carries the committed intent out, the raise first, and records what became of it."""
        assert plan.group is not None
        outcomes: list[Outcome] = []
        ledger, decision = committed, plan.decision
        if decision.raise_to is not None:
            outcomes.append(self._groups.raise_to(plan.group, decision.raise_to))
            if outcomes[-1].refused:
                ledger = msgspec.structs.replace(ledger, asked=plan.ledger.asked)
        for instance_id in decision.release:
            outcomes.append(self._groups.release(instance_id))
            if outcomes[-1].refused:
                unreleased = msgspec.structs.replace(ledger.rdbs[instance_id], released_at=None)
                ledger = msgspec.structs.replace(ledger, rdbs={**ledger.rdbs, instance_id: unreleased})
        decision = msgspec.structs.replace(decision, outcome=tuple(outcome.text for outcome in outcomes))
        self._ledgers.record_outcome(decision, committed.version)
        if ledger != committed:
            # Losing this write is safe: an intent that Describe does not bear out is void after two minutes.
            self._ledgers.commit(ledger, None)
        return decision


def _observed(
    cluster: str, groups: tuple[Group, ...], samples: dict[str, Samples], failures: tuple[str, ...]
) -> Observed:
    if len(groups) > 1:
        names = ", ".join(group.name for group in groups)
        return Observed(
            None, failures=(f"tag highwater:cluster={cluster} is on more than one group: {names}",)
        )
    return Observed(groups[0], samples, failures)


def _decided(ledger: Ledger, group: Group, now: datetime, commands: Sequence[Command]) -> Decision:
    try:
        settings = ClusterSettings.from_tags(group.tags)
    except BadSettings as error:
        return Decision(cluster=ledger.cluster, at=now, code="configuration", reason=str(error))
    return decide(ledger, group, settings, now, commands)
