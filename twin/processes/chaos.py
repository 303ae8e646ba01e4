"""Rounds of kill -9: whatever was killed and came back, in any order, the ledger ends with what q says."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TextIO

from chalicelib.contract.report import State
from twin.processes.asking import Answers
from twin.processes.cluster import Processes, Settings
from twin.processes.day import end
from twin.processes.host import Host, QGone

MOST_CHANGES = 3
MOST_VICTIMS = 3
MOST_UPDATES = 25_000
MOST_PAUSE = 0.3
# The reporter's pauses double with each failure: none of these outages lasts longer than the third.
AGREES_WITHIN = 60.0
# Longer than from a look at q to the ledger: what is still on its way may not come afterwards and differ.
AGREES_FOR = 1.2


# The round's number, what happened in it, and the seconds until all agreed.
Told = Callable[[int, "list[Act]", float], None]

# How each part of a host goes down and comes back.
PARTS: Mapping[str, tuple[Callable[[Processes, Host], None], Callable[[Processes, Host], None]]] = {
    "reporter": (lambda _, host: host.kill_reporter(), lambda _, host: host.start_reporter()),
    "q": (Processes.kill_q, Processes.restart_q),
    "metadata": (lambda _, host: host.metadata.close(), lambda _, host: host.metadata.open()),
}
AWS = "aws"
VICTIMS = (*PARTS, AWS)


def _publish(cluster: Processes, draw: random.Random) -> None:
    cluster.publish(draw.randint(1, MOST_UPDATES))


def _roll(cluster: Processes, _draw: random.Random) -> None:
    cluster.tickerplant.roll(datetime.now(UTC))


def _end_day(cluster: Processes, _draw: random.Random) -> None:
    cluster.end_day()


def _wish_drained(cluster: Processes, _draw: random.Random) -> None:
    for host in [host for host in cluster.hosts.values() if host.state is State.STANDBY][:1]:
        cluster.wish_drained(host)


# By how often they are drawn: without updates there is nothing to lose.
CHANGES: Mapping[str, tuple[int, Callable[[Processes, random.Random], None]]] = {
    "updates": (3, _publish),
    "roll": (1, _roll),
    "end of day": (1, _end_day),
    "drain wished": (1, _wish_drained),
}


class Act(NamedTuple):
    """One thing that happens: the day goes on, or a victim goes down or comes back.

    `host` is an instance, empty where it does not matter.
    """

    what: str
    host: str = ""
    back: bool = False

    @property
    def name(self) -> str:
        """The act without its host."""
        return f"{self.what} {'back' if self.back else 'killed'}" if self.what in VICTIMS else self.what

    def __str__(self) -> str:
        return f"{self.name} {self.host}".rstrip()


@dataclass
class Outcome:
    """The outcome of a run; times in seconds. `broken` has a sentence for each promise that was broken."""

    seed: int
    rounds: int = 0
    took: list[float] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    drained_reports: int = 0
    ended: int = 0
    answers: Answers = field(default_factory=Answers)
    broken: list[str] = field(default_factory=list)


class Chaos:
    """Rounds on one cluster; the same seed and number draw the same acts."""

    def __init__(self, cluster: Processes, seed: int) -> None:
        self._cluster = cluster
        self._seed = seed
        self._random = random.Random(seed)

    def acts(self, number: int) -> list[Act]:
        """Draw a round: who goes down comes back later, in any order, and the day may go on meanwhile."""
        # Of its own: how many hosts there were in the rounds before is the machine's timing.
        draw = self._random = random.Random(f"{self._seed} {number}")
        count, changes = draw.randint(1, MOST_VICTIMS), draw.randint(0, MOST_CHANGES)
        weights = [weight for weight, _ in CHANGES.values()]
        acts = [Act(change) for change in draw.choices(list(CHANGES), weights, k=changes)]
        hosts = sorted(self._cluster.hosts)
        victims = dict.fromkeys(
            Act(what, "" if what == AWS else draw.choice(hosts)) for what in draw.choices(VICTIMS, k=count)
        )
        acts += [*victims, *victims]
        draw.shuffle(acts)
        down: set[Act] = set()
        ordered = []
        for act in acts:
            ordered.append(act._replace(back=act in down))
            if act in victims:
                down.add(act)
        return ordered

    def round(self, acts: list[Act]) -> float:
        """Do a round; return the seconds until ledger and q agreed. Raises TimeoutError."""
        for act in acts:
            self._do(act)
            self._cluster.goes_on(self._random.uniform(0, MOST_PAUSE))
        began = monotonic()
        self.agree()
        return monotonic() - began

    def agree(self) -> None:
        """Wait until they agree, and go on to. Raises TimeoutError with what they disagree about."""
        since = monotonic()

        def lasting() -> bool:
            nonlocal since
            if any(self.disagreements()):
                since = monotonic()
            return monotonic() - since >= AGREES_FOR

        try:
            self._cluster.until("agreement", lasting, AGREES_WITHIN)
        except TimeoutError as error:
            raise TimeoutError("; ".join(self.disagreements()) or str(error)) from error

    def disagreements(self) -> Iterator[str]:
        """Yield where the ledger does not have what q says, and what is still on its way."""
        cluster = self._cluster
        known = cluster.ledger().rdbs
        if set(cluster.members) != set(cluster.hosts):
            yield f"the group has {sorted(cluster.members)}, and there are {sorted(cluster.hosts)}"
        for instance_id, host in cluster.hosts.items():
            if not host.reports:
                yield f"{instance_id}: the reporter ended by itself"
            try:
                says = host.tell()
            except QGone:
                yield f"{instance_id}: q ended by itself"
                continue
            report = known[instance_id].report if instance_id in known else None
            has = (report.state, report.first_index) if report else None
            if says["state"] == "booting" or has != (says["state"], says["first_index"]):
                yield f"{instance_id}: q says {says}, the ledger has {has}"

    def _do(self, act: Act) -> None:
        cluster, host = self._cluster, self._cluster.hosts.get(act.host)
        if act.what in CHANGES:
            CHANGES[act.what][1](cluster, self._random)
        elif act.what == AWS:
            (cluster.endpoint.open if act.back else cluster.endpoint.close)()
        elif host:  # it may have been released since
            PARTS[act.what][act.back](cluster, host)


def chaos(directory: Path, log: TextIO, rounds: int, seed: int, told: Told) -> Outcome:
    """Run so many rounds on a cluster of one or two hosts, and a day's end that must leave one.

    It stops where a promise is broken.
    """
    outcome = Outcome(seed)
    cluster = Processes(directory, log, Settings(scale=20, roll=85, max_size=4))
    with cluster.running():
        chaos = Chaos(cluster, seed)
        try:
            chaos.agree()
            while outcome.rounds < rounds and not cluster.broken and not cluster.client.answers.wrong:
                acts = chaos.acts(outcome.rounds + 1)
                took = chaos.round(acts)
                outcome.rounds += 1
                outcome.took.append(took)
                outcome.acts.update(act.name for act in acts)
                told(outcome.rounds, acts, took)
            end(cluster)
        except TimeoutError as error:
            outcome.broken.append(f"round {outcome.rounds + 1}: {error}")
    outcome.reports = len(cluster.reports)
    outcome.drained_reports = sum(report["state"] == "drained" for report in cluster.reports)
    outcome.ended = len(cluster.ended)
    outcome.answers = cluster.client.answers
    outcome.broken += [*cluster.broken, *outcome.answers.wrong]
    return outcome
