"""The costs of a day, and of the same day on one host that is large enough for all of it."""

from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.core.facts.calendar import KeptCalendar
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import Situation
from highwater.deploy.rules.cost import estimate
from highwater.deploy.rules.counts import Usage
from highwater.market.feed import paper
from highwater.market.rdb import SIZES, Size
from highwater.whatif.host_types import HOST_TYPES
from twin.day.options import CLUSTER, Options

PAPER_HOST = "t3a.2xlarge"
PAPER_KIB = SIZES["medium"].kib_per_update
T3A = {name: each.size for name, each in HOST_TYPES.items() if name.startswith("t3a.")}
# For what the largest of them does not hold.
R6A = {
    name: each.size
    for name, each in HOST_TYPES.items()
    if name.startswith("r6a.") and each.gib > HOST_TYPES[PAPER_HOST].gib
}
HOSTS, ALL = "RDB hosts", "together"
STEP = timedelta(seconds=10)


class Static(NamedTuple):
    """A host that holds the whole day."""

    name: str
    size: Size


def baseline_of(options: Options, updates: int) -> Static | None:
    """Return the smallest t3a that holds so many updates below the roll threshold, else the smallest r6a."""
    for name, size in (T3A | R6A).items():
        if _holds(size, options, updates):
            return Static(name, size)
    return None


def _holds(size: Size, options: Options, updates: int) -> bool:
    kib = options.kib_per_update or size.kib_per_update
    like = size._replace(kib_per_update=kib, columns=options.columns)
    return like.used_kib(updates) < size.total_kib * options.roll / 100


def baseline_hours(options: Options, hours: float) -> float:
    """Return how long the single host runs in a run of so many hours.

    Where no host is wanted overnight, a schedule lets it rest whenever the calendar lets the cluster rest.
    """
    if options.overnight == "one" or not options.sessions:
        return hours
    settings = ClusterSettings(lead=timedelta(seconds=options.lead))
    ledger, group = Ledger(CLUSTER, learned=options.learned), Group("", CLUSTER, {}, 0, 1, 0, {})
    kept, steps = KeptCalendar(options.calendar), round(timedelta(hours=hours) / STEP)
    times = (options.opening + n * STEP for n in range(steps))
    awake = sum(not Situation(ledger, group, settings, time, kept=kept).rests for time in times)
    return awake * STEP / timedelta(hours=1)


def costs_of(options: Options, updates: int, hosts: int, host_hours: float, hours: float) -> dict[str, Any]:
    """Return the costs of a run of so many hours, in USD, of which RDB hosts ran `host_hours` together.

    `hosts` is the most of them at once. What is saved, and what a day costs besides RDB hosts, is there for a
    whole day only.
    """
    cost, whole = host_hours * options.cluster.size.usd_per_hour, hours == 24
    static = baseline_of(options, updates)
    static_hours = baseline_hours(options, hours)
    baseline = static_hours * static.size.usd_per_hour if static else None
    always_on = hours * static.size.usd_per_hour if static else None
    of_the_paper = T3A[PAPER_HOST]
    in_the_paper = hours * of_the_paper.usd_per_hour if _holds(of_the_paper, options, updates) else None
    found = {
        "cost_usd": round(cost, 4),
        "baseline_host": static.name if static else None,
        "baseline_hours": round(static_hours, 2),
        "baseline_usd": round(baseline, 4) if baseline else None,
        "saving_percent": _saving(cost, baseline) if whole else None,
        "always_on_usd": round(always_on, 4) if always_on else None,
        "saving_of_always_on_percent": _saving(cost, always_on) if whole else None,
        "paper_baseline_usd": round(in_the_paper, 4) if in_the_paper else None,
        "paper_saving_percent": _saving(cost, in_the_paper) if whole else None,
        "log_gb": round(log_gb_of(options, updates), 3),
        "all_costs_usd": None,
        "saving_of_all_percent": None,
    }
    if baseline is None or not whole:
        return found
    # Both sides have the tickerplant and its log; a static host needs no control plane.
    log_gb = log_gb_of(options, updates)
    cluster = _whole(cost, options, Usage(rdbs=hosts, rdb_hours=host_hours, log_gb=log_gb))
    single = _whole(baseline, options, Usage(rdbs=1, rdb_hours=static_hours, log_gb=log_gb)) | {
        "control plane": 0.0
    }
    for side in (cluster, single):
        side[ALL] = round(sum(side.values()), 4)
    return found | {
        "all_costs_usd": {"cluster": cluster, "baseline": single},
        "saving_of_all_percent": _saving(cluster[ALL], single[ALL]),
    }


def log_gb_of(options: Options, updates: int) -> float:
    """Return what a tickerplant logs of so many updates; the paper's day logs what the estimate assumes."""
    return Usage().log_gb * updates * options.cluster.size.kib_per_update / (paper().total * PAPER_KIB)


def _whole(rdb_hosts: float, options: Options, usage: Usage) -> dict[str, float]:
    """Return what a day costs by part: the estimate of `highwater cost`, and the hosts."""
    items = {item.name: item.per_day for item in estimate(usage)}
    parts = {
        HOSTS: rdb_hosts,
        "tickerplant": 24 * options.cluster.size.usd_per_hour,
        "disks": items.pop("root volumes"),
        "log": items.pop("tickerplant logs") + items.pop("traffic between zones"),
        "control plane": sum(items.values()),
    }
    return {name: round(usd, 4) for name, usd in parts.items()}


def _saving(cost: float, baseline: float | None) -> float | None:
    return round(100 * (1 - cost / baseline), 1) if baseline else None
