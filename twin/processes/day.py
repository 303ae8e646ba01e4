"""One short day of a cluster of real processes: RDBs fill one after the other, and at its end one is left."""

from collections import Counter
from dataclasses import dataclass
from time import monotonic

from chalicelib.contract.report import State
from twin.processes.asking import Answers
from twin.processes.cluster import Processes

FILLS_WITHIN = 180.0
# Percent, below the roll threshold.
WAITS_AT = 75.0
# For who looks on: all RDBs filled, before the day ends.
STAYS_FILLED = 2.0
# While it is away a gateway is asked, and has to name what it misses.
Q_AWAY = 2.5


@dataclass(frozen=True)
class Lived:
    """The outcome of a day. `broken` has a sentence for each promise that was broken."""

    hosts: int
    updates: int
    released: int
    seconds: float
    answers: Answers
    broken: tuple[str, ...]


def fill(cluster: Processes, hosts: int, rate: float) -> None:
    """Publish `rate` updates a second until so many RDBs have been live.

    It waits where a launch on this machine takes longer than the day gives it. Raises TimeoutError.
    """
    tickerplant = cluster.tickerplant

    def filled() -> bool:
        live = tickerplant.live
        cluster.rate = rate if live and (tickerplant.queue or live.percent < WAITS_AT) else 0
        return len(tickerplant.rolls) == hosts - 1

    cluster.until(f"{hosts} RDBs", filled, FILLS_WITHIN)
    cluster.rate = 0


def lose_a_q(cluster: Processes) -> None:
    """Kill the q of the first RDB that has rolled, and start it again. Raises TimeoutError."""
    host = cluster.tickerplant.rolls[0].rdb
    cluster.kill_q(host)
    cluster.goes_on(Q_AWAY)
    cluster.restart_q(host)
    cluster.until("its window is read again", lambda: host.state is State.ROLLED)


def end(cluster: Processes) -> None:
    """End the day, and step until one host is left. Raises TimeoutError."""
    cluster.end_day()
    cluster.until("one host after the end of the day", lambda: len(cluster.members) == 1)


def live_through(cluster: Processes, hosts: int, rate: float) -> Lived:
    """Live through a day and judge it. A day that comes to no end is broken too."""
    began = monotonic()
    broken = []
    try:
        fill(cluster, 2, rate)
        lose_a_q(cluster)
        fill(cluster, hosts, rate)
        updates, held = cluster.tickerplant.published, cluster.tickerplant.held
        if held != updates:
            broken.append(f"{held} of {updates} updates are held")
        cluster.goes_on(STAYS_FILLED)
        end(cluster)
        cluster.client.ask()
    except TimeoutError as error:
        broken.append(str(error))
    answers = cluster.client.answers
    broken += [*cluster.broken, *_badly_released(cluster), *answers.wrong]
    ended = len(cluster.ended)
    published = cluster.tickerplant.published
    return Lived(hosts, published, ended, monotonic() - began, answers, tuple(broken))


def _badly_released(cluster: Processes) -> list[str]:
    calls = Counter(cluster.terminated)
    proven = {report["instance_id"] for report in cluster.reports if report.get("proof")}
    return [
        f"{ended.instance_id} was ended as {ended.state}, terminated {calls[ended.instance_id, True]} times "
        f"with decrement, with{'' if ended.instance_id in proven else 'out'} a proof"
        for ended in cluster.ended
        if ended.state != "drained" or calls[ended.instance_id, True] != 1 or ended.instance_id not in proven
    ]
