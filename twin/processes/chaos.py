"""Rounds of kill -9: whatever was killed and came back, in any order, the ledger ends with what q says."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TextIO

from twin.processes.cluster import Processes
from twin.processes.host import Host, QGone

VICTIMS = ("reporter", "q", "metadata", "aws")
# By how often they are drawn: without updates there is nothing to lose.
CHANGES = {"updates": 3, "roll": 1, "end of day": 1, "drain wished": 1}
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


class Act(NamedTuple):
    """One thing that happens: a victim goes down or comes back, or the day goes on. `host` is an instance,
    empty where it does not matter."""

    what: str
    host: str = ""

    def __str__(self) -> str:
        return f"{self.what} {self.host}".rstrip()


@dataclass
class Outcome:
    """What a run came to; times in seconds. `broken` has a sentence for each promise that was broken."""

    seed: int
    rounds: int = 0
    took: list[float] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    drained_reports: int = 0
    ended: int = 0
    broken: list[str] = field(default_factory=list)


class Chaos:
    """Rounds on one cluster; the same seed and number draw the same acts."""

    def __init__(self, cluster: Processes, seed: int) -> None:
        self._cluster = cluster
        self._seed = seed
        self._random = random.Random(seed)

    def acts(self, number: int) -> list[Act]:
        """A round's: who goes down comes back later, in any order, and the day may go on meanwhile."""
        # Of its own: how many hosts there were in the rounds before is the machine's timing.
        draw = self._random = random.Random(f"{self._seed} {number}")
        count, changes = draw.randint(1, MOST_VICTIMS), draw.randint(0, MOST_CHANGES)
        acts = [Act(change) for change in draw.choices(list(CHANGES), list(CHANGES.values()), k=changes)]
        hosts = sorted(self._cluster.hosts)
        drawn = [
            Act(what, "" if what == "aws" else draw.choice(hosts)) for what in draw.choices(VICTIMS, k=count)
        ]
        victims = list(dict.fromkeys(drawn))
        acts += victims + victims
        draw.shuffle(acts)
        down: set[Act] = set()
        named = []
        for act in acts:
            if act.what in CHANGES:
                named.append(act)
                continue
            named.append(Act(f"{act.what} {'back' if act in down else 'killed'}", act.host))
            down.add(act)
        return named

    def round(self, acts: list[Act]) -> float:
        """One round; the seconds until ledger and q agreed. Raises TimeoutError when they never did."""
        for act in acts:
            self._do(act)
            self._cluster.goes_on(self._random.uniform(0, MOST_PAUSE))
        began = monotonic()
        self.agree()
        return monotonic() - began

    def agree(self) -> None:
        """Waits until they agree, and go on to. Raises TimeoutError with what they disagree about."""
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
        """Where the ledger does not have what q says, and what is still on its way."""
        cluster = self._cluster
        known = cluster.ledger().rdbs
        if set(cluster.members) != set(cluster.hosts):
            yield f"the group has {sorted(cluster.members)}, and there are {sorted(cluster.hosts)}"
        for instance_id, host in cluster.hosts.items():
            if not host.reports:
                yield f"{instance_id}: the reporter ended by itself"
            try:
                says = host.tell(do="say")
            except QGone:
                yield f"{instance_id}: q ended by itself"
                continue
            report = known[instance_id].report if instance_id in known else None
            has = (report.state, report.first_index) if report else None
            if says["state"] == "booting" or has != (says["state"], says["first_index"]):
                yield f"{instance_id}: q says {says}, the ledger has {has}"

    def _do(self, act: Act) -> None:
        host = self._cluster.hosts.get(act.host)
        if act.what in CHANGES:
            self._change(act.what)
        elif act.what == "aws killed":
            self._cluster.endpoint.close()
        elif act.what == "aws back":
            self._cluster.endpoint.open()
        elif host:  # it may have been released since
            self._on_host(act.what, host)

    def _on_host(self, what: str, host: Host) -> None:
        match what:
            case "reporter killed":
                host.kill_reporter()
            case "reporter back":
                host.start_reporter()
            case "metadata killed":
                host.metadata.close()
            case "metadata back":
                host.metadata.open()
            case "q killed":
                self._cluster.kill_q(host)
            case "q back":
                self._cluster.restart_q(host)

    def _change(self, what: str) -> None:
        tickerplant = self._cluster.tickerplant
        if what == "updates":
            tickerplant.publish(self._random.randint(1, MOST_UPDATES))
        elif what == "end of day":
            tickerplant.end_day()
        elif what == "roll":
            tickerplant.roll()
        elif standbys := [host for host in self._cluster.hosts.values() if host.said["state"] == "standby"]:
            self._cluster.wish_drained(standbys[0])


def chaos(directory: Path, log: TextIO, rounds: int, seed: int, told: Told) -> Outcome:
    """So many rounds on a cluster of one or two hosts, and a day's end that must leave one. It stops where
    a promise is broken."""
    outcome = Outcome(seed)
    cluster = Processes(directory, log, scale=20, roll=85, max_size=4)
    with cluster.running():
        chaos = Chaos(cluster, seed)
        try:
            chaos.agree()
            while outcome.rounds < rounds and not cluster.broken:
                acts = chaos.acts(outcome.rounds + 1)
                took = chaos.round(acts)
                outcome.rounds += 1
                outcome.took.append(took)
                outcome.acts.update(act.what for act in acts)
                told(outcome.rounds, acts, took)
            cluster.tickerplant.end_day()
            cluster.until("one host after the end of the day", lambda: len(cluster.members) == 1)
        except TimeoutError as error:
            outcome.broken.append(f"round {outcome.rounds + 1}: {error}")
    outcome.reports = len(cluster.reports)
    outcome.drained_reports = sum(report["state"] == "drained" for report in cluster.reports)
    outcome.ended = len(cluster.ended)
    outcome.broken += cluster.broken
    return outcome
