"""One reconcile: observe, decide, commit, have it carried out by acting.py, record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple

import msgspec

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import Outcome, Unreadable
from chalicelib.adapters.cloudwatch import Seen, Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.sns import Operators
from chalicelib.core.account import account_of, former_cluster, is_known_to, known_names, with_telling
from chalicelib.core.alerts.launches import with_failed_launches
from chalicelib.core.alerts.unread import with_unread
from chalicelib.core.capacity.undone import with_causes
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.bounds import within_bounds
from chalicelib.core.facts.choice import choice_of, with_choice
from chalicelib.core.facts.errors import LedgerContended, UnknownCluster
from chalicelib.core.facts.folding import with_group, with_samples, with_states
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import HookSeen, Ledger
from chalicelib.core.facts.situation import Situation, situation_of
from chalicelib.core.facts.wake_ups import ACCOUNT, WakeUp
from chalicelib.core.looks import Looks, looks_of
from chalicelib.core.plan import DecidedPlan, Plan
from chalicelib.core.release.walls import hook_stands, with_hook_looked_at
from chalicelib.core.results import results_of
from chalicelib.core.undecided import gone_of, renamed_alert, undecided_of, unreadable
from chalicelib.reconcile.acting import Acting
from chalicelib.reconcile.observed import Observed
from chalicelib.reconcile.record import Record
from chalicelib.reconcile.tagged import Tagged
from chalicelib.reconcile.woken import commands_of, triggers_of, with_facts

# Operators' commands have a message group of their own (rule 10). Amid a flood of reports the ledger is
# written some four times a second, so that about every second look loses.
ATTEMPTS = 20
NOTHING_DONE: tuple[Outcome, ...] = ()


class Adapters(NamedTuple):
    """The adapters that a reconcile needs."""

    groups: Groups
    telemetry: Telemetry
    ledgers: Ledgers
    instances: Instances
    operators: Operators


class Controller:
    """One reconcile of one cluster, a dry plan of it, and the sweep over all."""

    def __init__(self, adapters: Adapters, now: Callable[[], datetime]) -> None:
        self._aws = adapters
        self._acting = Acting(adapters.groups, adapters.instances, adapters.operators)
        self._now = now

    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> Decision:
        """Fold the wake-ups of one cluster into one decision and carry it out.

        Returns once the facts are recorded, whatever AWS then answered. Raises UnknownCluster, and
        LedgerContended when others won the condition of the ledger each time.
        """
        for _ in range(ATTEMPTS):
            plan = self._looked_closer(cluster, wake_ups)
            decision, ledger = plan.decision, plan.ledger
            if plan.worth_recording:
                ledger = msgspec.structs.replace(ledger, gist=decision.gist)
            results = results_of(decision, commands_of(wake_ups))
            recorded = decision if plan.worth_recording else None
            calendar = plan.decided.new_calendar if plan.decided else None
            written = self._aws.ledgers.commit(within_bounds(ledger), recorded, results, calendar)
            if written is not None:
                return self._act(plan, written) if decision.acts else decision
        raise LedgerContended(f"{cluster}: the ledger was written by others {ATTEMPTS} times in a row")

    def plan(self, cluster: str) -> DecidedPlan:
        """Return what a reconcile would decide now. Acts on nothing. Raises UnknownCluster and Unreadable."""
        known = self._aws.ledgers.read(cluster)
        observed = self._observe(known)
        if observed.renamed:
            raise UnknownCluster(cluster, renamed_alert(cluster, observed.renamed).text)
        if observed.unknown or cluster == ACCOUNT:
            raise observed.unknown or UnknownCluster(cluster)
        if not observed.groups:
            raise Unreadable("; ".join(observed.failures))
        return self._decided(known, observed, ())

    def survey(self) -> Iterator[Plan]:
        """Yield a dry plan of every cluster, with few calls: one reads 100 groups, 500 RDBs or 50 ledgers.

        First comes that of the account, if there is anything to tell. Raises Unreadable.
        """
        tagged = self._tagged()
        account = self._surveyed(ACCOUNT, tagged, partial(self._of_account, tagged=tagged))
        known, tells = account.known, account.decision.alerts or account.decision.unread
        telling = account.ledger.telling != known.telling
        if tells or telling or ((known.version or known.alerts) and account.due):
            yield account
        if tagged.failure:
            raise tagged.failure
        seen = self._seen(tagged.groups)
        for cluster, groups in tagged.by_cluster():
            observed = Observed.of(groups, seen, self._aws.ledgers.calendar_of(cluster))
            yield self._surveyed(cluster, tagged, partial(self._plan, observed=observed, wake_ups=()))
        for cluster, group in tagged.renamed.items():
            planned = partial(self._plan, observed=Observed(renamed=group), wake_ups=())
            yield self._surveyed(cluster, tagged, planned)
        for cluster in tagged.gone:
            with suppress(UnknownCluster):
                yield self._surveyed(cluster, tagged, lambda it: self._plan(it, self._observe(it), ()))

    def _surveyed(self, cluster: str, tagged: Tagged, planned: Callable[[Ledger], Plan]) -> Plan:
        """Return a dry plan; facts that cannot be reckoned with are no other cluster's trouble (rule 14)."""
        known = tagged.ledgers[cluster]
        if isinstance(known, Unreadable):
            return self._unreadable(cluster, str(known))
        try:
            return planned(known)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            return self._unreadable(cluster, f"the ledger has facts that cannot be used: {error!r}")

    def _unreadable(self, cluster: str, why: str) -> Plan:
        empty = Ledger(cluster)
        return Plan(empty, empty, unreadable(cluster, (why,), self._now()))

    def _tagged(self) -> Tagged:
        return Tagged.read(self._aws.groups, self._aws.ledgers, self._now())

    def _of_account(self, known: Ledger, tagged: Tagged) -> Plan:
        failures = (str(tagged.failure),) if tagged.failure else ()
        decision, ledger = account_of(known, tagged.misnamed, failures, self._now())
        if not tagged.failure:
            ledger = with_telling(ledger, tagged.ledgers)
        return Plan(known, ledger, decision)

    def _looked_closer(self, cluster: str, wake_ups: Sequence[WakeUp]) -> Plan:
        """Return what is to be carried out, with the closer looks. Raises UnknownCluster and Unreadable."""
        if cluster == ACCOUNT:
            tagged = self._tagged()
            return self._of_account(tagged.account, tagged)
        known = self._aws.ledgers.read(cluster)
        return self._plan(known, self._observe(known), wake_ups, closer=True)

    def _observe(self, known: Ledger) -> Observed:
        try:
            shown = self._aws.groups.of_cluster(known.cluster)
            renamed = self._renamed(known) if not shown else None
            groups, whose = self._own(shown)
        except Unreadable as error:
            return Observed(failures=(str(error),))
        if renamed and renamed.is_rdb and renamed.cluster == known.cluster:
            groups = (renamed,)  # its tags were set right between the two calls
        elif renamed:
            return Observed(renamed=renamed)
        if not groups:
            unknown = UnknownCluster(known.cluster, whose)
            if not known.alerts:
                raise unknown
            return Observed(unknown=unknown)
        return Observed.of(groups, self._seen(groups), self._aws.ledgers.calendar_of(known.cluster))

    def _renamed(self, known: Ledger) -> Group | None:
        """Return the cluster's group, or the one before it, by its name: no group has the cluster's tags."""
        found = map(self._aws.groups.named, known_names(known, self._now()))
        return next((group for group in found if group and not group.deleting), None)

    def _own(self, shown: tuple[Group, ...]) -> tuple[tuple[Group, ...], str]:
        """Return the groups without those that another cluster's ledger knows, and whose those are."""
        former = {cluster: group for group in shown if (cluster := former_cluster(group))}
        known = self._aws.ledgers.read_many(former) if former else {}
        others = {
            group.name: renamed_alert(cluster, group).text
            for cluster, group in former.items()
            if is_known_to(group, known[cluster])
        }
        return tuple(group for group in shown if group.name not in others), "; ".join(others.values())

    def _seen(self, groups: Iterable[Group]) -> Seen:
        clusters = {instance: group.cluster for group in groups for instance in group.members}
        try:
            return self._aws.telemetry.samples(clusters, self._now())
        except Unreadable as error:
            return Seen(failure=str(error))

    def _plan(
        self, known: Ledger, observed: Observed, wake_ups: Sequence[WakeUp], *, closer: bool = False
    ) -> Plan:
        if observed.groups:
            return self._decided(known, observed, wake_ups, closer=closer)
        now = self._now()
        ledger, noted, ended = with_facts(known, wake_ups, now)
        unread, commands = observed.failures, commands_of(wake_ups)
        if observed.unknown:
            undecided, ledger = gone_of(ledger, str(observed.unknown), commands, now)
        else:
            undecided, ledger = undecided_of(ledger, unread, observed.renamed, commands, now)
        decision = msgspec.structs.replace(
            undecided, noted=noted, ended=ended, triggers=triggers_of(wake_ups)
        )
        return Plan(known, ledger, decision)

    def _decided(
        self, known: Ledger, observed: Observed, wake_ups: Sequence[WakeUp], *, closer: bool = False
    ) -> DecidedPlan:
        now, unread = self._now(), observed.failures
        ledger, noted, ended = with_facts(known, wake_ups, now)
        choice = choice_of(ledger, observed.groups, now)
        ledger, gone = with_group(with_choice(ledger, choice, now), choice.group, now)
        ledger, noted = with_samples(ledger, observed.samples), (*noted, *gone)
        situation = situation_of(ledger, choice, now, observed.calendar)
        looks = looks_of(situation)
        if closer:
            situation, failures = self._looked(situation, looks)
            unread = (*unread, *failures)
        else:
            situation = with_hook_looked_at(situation)
        untaken = () if closer else looks.operations
        situation = situation.on(with_unread(situation.ledger, unread, now, untaken))
        decided = decide(situation, commands_of(wake_ups))
        decision = msgspec.structs.replace(
            decided.decision, noted=noted, ended=ended, unread=unread, triggers=triggers_of(wake_ups)
        )
        return DecidedPlan(known, decided.ledger, decision, decided=decided, looks=looks)

    def _looked(self, situation: Situation, looks: Looks) -> tuple[Situation, tuple[str, ...]]:
        """Return the situation after the closer looks; one that fails leaves what is known as it was."""
        ledger, group, now = situation.ledger, situation.group, situation.now
        failures: list[str] = []
        if looks.hook:
            try:
                seen = HookSeen(hook_stands(self._aws.groups.hooks(group)), now)
                ledger = msgspec.structs.replace(ledger, hook=seen)
            except Unreadable as error:
                failures.append(str(error))
        if looks.suspects:
            try:
                states = self._aws.instances.down(looks.suspects)
                ledger = with_states(ledger, looks.suspects, states, now)
            except Unreadable as error:
                failures.append(str(error))
        if looks.activities or looks.raised:
            try:
                shown = self._aws.groups.activities(group)
                ledger = with_failed_launches(situation.on(ledger), shown)
                ledger = with_causes(ledger, (activity.cause for activity in shown), now)
            except Unreadable as error:
                failures.append(str(error))
        return situation.on(ledger), tuple(failures)

    def _act(self, plan: Plan, committed: Ledger) -> Decision:
        """Carry the committed intent out and record what became of it."""
        record = Record(self._aws.ledgers, committed)
        decision, ledger, outcomes = plan.decision, committed, NOTHING_DONE
        if plan.decided:
            facts = plan.decided.facts.on(committed)
            decision, ledger, outcomes = self._acting.carry_out(decision, facts, plan.decided.facts.ledger)
        if decision is not plan.decision and not record.keep(ledger):
            # An alert that acting added is told once the ledger has it: else nobody would ever end it.
            decision = plan.decision
        ledger, told = self._acting.tell(decision, ledger)
        record.keep(ledger)
        outcomes = (*outcomes, *told)
        return record.end(
            msgspec.structs.replace(
                plan.decision,
                outcome=tuple(outcome.text for outcome in outcomes),
                failed=sum(not outcome.done for outcome in outcomes),
            )
        )
