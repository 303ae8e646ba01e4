"""One reconcile: observe, decide, commit, have it carried out by acting.py, record."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import msgspec

from chalicelib.adapters.clients import Outcome, Unreadable, taken
from chalicelib.core.account import account_of, former_cluster, is_known_to, known_names, with_telling
from chalicelib.core.alerts.unread import with_unread
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.bounds import within_bounds
from chalicelib.core.facts.choice import choice_of, with_choice
from chalicelib.core.facts.errors import LedgerContended, UnknownCluster
from chalicelib.core.facts.folding import with_group, with_samples
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.measuring import Wanted, measured_after, wanted_of, whole_look_due
from chalicelib.core.facts.settings import settings_of
from chalicelib.core.facts.situation import Situation, situation_of
from chalicelib.core.facts.wake_ups import ACCOUNT, WakeUp
from chalicelib.core.looks import NO_LOOKS, looks_of
from chalicelib.core.plan import DecidedPlan, Plan
from chalicelib.core.release.walls import with_hook_looked_at
from chalicelib.core.results import results_of
from chalicelib.core.undecided import gone_of, renamed_alert, undecided_of, unreadable
from chalicelib.reconcile.acting import Acting
from chalicelib.reconcile.looking import Adapters, How, Looked, look
from chalicelib.reconcile.observed import Observed
from chalicelib.reconcile.record import Record
from chalicelib.reconcile.tagged import Tagged
from chalicelib.reconcile.woken import commands_of, triggers_of, with_facts

# Operators' commands have a message group of their own (rule 10). Amid a flood of reports the ledger is
# written some four times a second, so that about every second look loses.
ATTEMPTS = 20
NOTHING_DONE: tuple[Outcome, ...] = ()


class Controller:
    """One reconcile of one cluster, a dry plan of it, and the sweep over all."""

    def __init__(
        self,
        adapters: Adapters,
        now: Callable[[], datetime],
        seconds_left: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self._aws = adapters
        self._acting = Acting(adapters.groups, adapters.instances, adapters.operators, seconds_left)
        self._now = now

    def reconcile(self, cluster: str, wake_ups: Sequence[WakeUp]) -> Decision:
        """Fold the wake-ups of one cluster into one decision and carry it out.

        Returns once the facts are recorded, whatever AWS then answered; where nothing is new nothing is
        written. Raises UnknownCluster, and LedgerContended when others won the condition of the ledger each
        time.
        """
        for _ in range(ATTEMPTS):
            plan = self._looked_closer(cluster, wake_ups)
            decision, ledger = plan.decision, plan.ledger
            if not (plan.says_more or self._aws.ledgers.owes_write(cluster)):
                return msgspec.structs.replace(decision, quiet=True)
            if plan.worth_recording:
                ledger = msgspec.structs.replace(ledger, gist=decision.gist)
            replaced = plan.decided.commanded.replaced if plan.decided else None
            results = results_of(decision, commands_of(wake_ups), replaced)
            recorded = decision if plan.worth_recording else None
            calendar = plan.decided.new_calendar if plan.decided else None
            written = self._aws.ledgers.commit(within_bounds(ledger), recorded, results, calendar)
            if written is not None:
                decision = msgspec.structs.replace(decision, quiet=recorded is None)
                return self._act(plan, written) if decision.acts else decision
        raise LedgerContended(f"{cluster}: the ledger was written by others {ATTEMPTS} times in a row")

    def plan(self, cluster: str) -> DecidedPlan:
        """Return what a reconcile would decide now. Acts on nothing. Raises UnknownCluster and Unreadable."""
        known, observed = self._observe(cluster)
        if observed.renamed:
            raise UnknownCluster(cluster, renamed_alert(cluster, observed.renamed).text)
        if observed.unknown or cluster == ACCOUNT:
            raise observed.unknown or UnknownCluster(cluster)
        if not observed.groups:
            raise Unreadable("; ".join(observed.failures))
        return self._decided(known, observed, How(whole=True))

    def survey(self, *, sparing: bool = False) -> Iterator[Plan]:
        """Yield a dry plan of every cluster, with few calls: one reads 100 groups, 500 metrics or 50 ledgers.

        A `sparing` one asks for RDBs that rest every five minutes. First comes the plan of the account, if
        there is anything to tell. Raises Unreadable.
        """
        tagged = self._tagged()
        account = self._surveyed(ACCOUNT, tagged, partial(self._of_account, tagged=tagged))
        known, tells = account.known, account.decision.alerts or account.decision.unread
        telling = account.ledger.telling != known.telling
        if tells or telling or ((known.version or known.alerts) and account.due):
            yield account
        if tagged.failure:
            raise tagged.failure
        now, found = self._now(), dict(tagged.by_cluster())
        whole = {cluster: not sparing or whole_look_due(cluster, now) for cluster in found}
        seen = self._seen(found, tagged.ledgers, whole, now)
        for cluster, groups in found.items():
            observed = Observed(groups, calendar=self._aws.ledgers.calendar_of(cluster))
            planned = partial(self._plan, observed=observed, how=How(whole=whole[cluster], looked=seen))
            yield self._surveyed(cluster, tagged, planned)
        for cluster, group in tagged.renamed.items():
            planned = partial(self._plan, observed=Observed(renamed=group), how=How())
            yield self._surveyed(cluster, tagged, planned)
        for cluster in tagged.gone:
            with suppress(UnknownCluster):
                yield self._surveyed(cluster, tagged, self._of_gone)

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

    def _of_gone(self, known: Ledger) -> Plan:
        """Return the plan of a cluster without a group. Raises UnknownCluster where nothing is left of it."""
        (shown,) = self._aws.together([partial(self._aws.groups.of_cluster, known.cluster)])
        return self._plan(known, self._observed(known, shown), How(whole=True))

    def _looked_closer(self, cluster: str, wake_ups: Sequence[WakeUp]) -> Plan:
        """Return what is to be carried out, with the closer looks. Raises UnknownCluster and Unreadable."""
        if cluster == ACCOUNT:
            tagged = self._tagged()
            return self._of_account(tagged.account, tagged)
        known, observed = self._observe(cluster)
        whole = any(wake_up.whole for wake_up in wake_ups)
        return self._plan(known, observed, How(wake_ups, closer=True, whole=whole))

    def _observe(self, cluster: str) -> tuple[Ledger, Observed]:
        """Return a cluster's ledger and its groups, read side by side. Raises Unreadable."""
        aws = self._aws
        ledger, shown = aws.together(
            [partial(aws.ledgers.read, cluster), partial(aws.groups.of_cluster, cluster)]
        )
        known: Ledger = taken(ledger)
        return known, self._observed(known, shown)

    def _observed(self, known: Ledger, answer: tuple[Group, ...] | Unreadable) -> Observed:
        try:
            shown = taken(answer)
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
        return Observed(groups, calendar=self._aws.ledgers.calendar_of(known.cluster))

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

    def _seen(
        self,
        found: Mapping[str, tuple[Group, ...]],
        ledgers: Mapping[str, Ledger | Unreadable],
        whole: Mapping[str, bool],
        now: datetime,
    ) -> Looked:
        """Return what CloudWatch has of the members of many clusters, in as few calls as there may be."""
        wanted: dict[str, Wanted] = {}
        for cluster, groups in found.items():
            known = ledgers[cluster]
            ledger = Ledger(cluster) if isinstance(known, Unreadable) else known
            for group in groups:
                wanted |= wanted_of(group.members, ledger, now, whole=whole[cluster])
        return look(self._aws, wanted, now)

    def _plan(self, known: Ledger, observed: Observed, how: How) -> Plan:
        if observed.groups:
            return self._decided(known, observed, how)
        now = self._now()
        ledger, noted, ended = with_facts(known, how.wake_ups, now)
        unread, commands = observed.failures, commands_of(how.wake_ups)
        if observed.unknown:
            undecided, ledger = gone_of(ledger, str(observed.unknown), commands, now)
        else:
            undecided, ledger = undecided_of(ledger, unread, observed.renamed, commands, now)
        decision = msgspec.structs.replace(
            undecided, noted=noted, ended=ended, triggers=triggers_of(how.wake_ups)
        )
        return Plan(known, ledger, decision)

    def _decided(self, known: Ledger, observed: Observed, how: How) -> DecidedPlan:
        now = self._now()
        ledger, noted, ended = with_facts(known, how.wake_ups, now)
        choice = choice_of(ledger, observed.groups, now)
        ledger, gone = with_group(with_choice(ledger, choice, now), choice.group, now)
        settings, _ = settings_of(choice.group.tags, ledger.settings)
        failed = any(wake_up.launch_failed for wake_up in how.wake_ups)
        looks = looks_of(Situation(ledger, choice.group, settings, now), launch_failed=failed)
        wanted = wanted_of(observed.members, ledger, now, whole=how.whole)
        due = looks if how.closer else NO_LOOKS
        looked = how.looked or look(self._aws, wanted, now, choice.group, due)
        failure = looked.seen.failure_of(observed.members)
        ledger = with_samples(ledger, looked.seen.samples)
        if how.whole:
            # One that CloudWatch does not complete hides no other.
            measured_at = measured_after(ledger.measured_at, now, read=not looked.seen.failure)
            ledger = msgspec.structs.replace(ledger, measured_at=measured_at)
        situation, failures = looked.folded(situation_of(ledger, choice, now, observed.calendar), looks)
        if not how.closer:
            situation = with_hook_looked_at(situation)
        unread = tuple(filter(None, (*observed.failures, failure, *failures)))
        untaken = [] if how.closer else [*looks.operations]
        # Where all rest nothing is asked, which does not say that it can be read again.
        untaken += [] if wanted else ["GetMetricData"]
        situation = situation.on(with_unread(situation.ledger, unread, now, untaken))
        decided = decide(situation, commands_of(how.wake_ups))
        decision = msgspec.structs.replace(
            decided.decision,
            noted=(*noted, *gone),
            ended=ended,
            unread=unread,
            triggers=triggers_of(how.wake_ups),
        )
        return DecidedPlan(known, decided.ledger, decision, decided=decided, looks=looks, whole=how.whole)

    def _act(self, plan: Plan, committed: Ledger) -> Decision:
        """Carry the committed intent out and record what became of it."""
        record = Record(self._aws.ledgers, committed)
        decision, ledger, outcomes = plan.decision, committed, NOTHING_DONE
        if plan.decided:
            facts = plan.decided.facts.on(committed)
            decision, ledger, outcomes = self._acting.carry_out(decision, facts, plan.decided.facts.ledger)
        if decision is not plan.decision:
            # An alert that acting added is told once the ledger has it: else nobody would ever end it. Where
            # AWS refuses to remember it is told all the same; where another writer was first, that one tells.
            record.keep(ledger)
            decision = plan.decision if record.lost else decision
        ledger, told = self._acting.tell(decision, ledger)
        record.keep(ledger)
        return record.end(plan.decision, (*outcomes, *told))
