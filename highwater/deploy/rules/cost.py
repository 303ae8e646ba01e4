"""The estimate of what Highwater costs: its counts times the prices. Pure."""

from typing import Literal

import msgspec

from highwater.deploy.rules.counts import MINUTES, SWEEP_LOG, Counts, Usage, counts_of
from highwater.deploy.rules.prices import FREE_DASHBOARDS, TIER, usd

DAYS = 30.4  # of a month, which is what a metric, an alarm, a key and a kept GB are priced by
# What the templates and the code hold; the tests count again.
OWN_METRICS, ALARMS, VOLUME_GIB = 16, 22, 20
GB, SWEEP_GB = 0.5, 1769 / 1024  # the memory of a function, and of the sweep
VCPUS, BASELINE_PERCENT = 2, 20  # of the template's type, t3a.medium
FETCHES = 12  # of q's password, an hour and host
LOG_DAYS, BACKUP_DAYS = 7, 35
# Assumed, until it is measured on AWS: seconds of a call, bytes that Lambda itself logs of it, and its polls
# of the idle queue in a day.
SWEEP_SECONDS, REPORT_SECONDS, RECONCILE_SECONDS = 0.5, 0.2, 0.5
LAMBDA_LOG, POLLS = 380, 5 * 3 * MINUTES
# A line that is none of these is what Highwater itself costs; these are hosts and what they hold.
DATA = ("tickerplant logs", "root volumes", "CPU above baseline", "traffic between zones", "hosts")

Part = Literal["control plane", "clusters"]


class Item(msgspec.Struct, frozen=True):
    """A line of the estimate; USD a day. `prices` are the lines of the table that it is made of."""

    part: Part
    name: str
    per_day: float
    prices: tuple[str, ...] = ()


class _Sum:
    """USD of a day, and the names of the prices in it."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self.items: list[Item] = []

    def add(self, part: Part, name: str, **units: float) -> None:
        """Add a line of so many units, each by the name of its price with `_` for `-`."""
        priced = {price.replace("_", "-"): count for price, count in units.items()}
        per_day = self._factor * sum(count * usd(price) for price, count in priced.items())
        self.items.append(Item(part, name, per_day, tuple(priced)))


def estimate(usage: Usage, counted: Counts | None = None) -> list[Item]:
    """Return what the control plane costs a day, then what all clusters add.

    `counted` are the counts of one cluster's day, if they are known.
    """
    found, counts, clusters = _Sum(usage.price_factor), counted or counts_of(usage), usage.clusters
    host_hours = clusters * (usage.rdb_hours + 24)
    _of_control_plane(found)
    calls = clusters * counts.wake_ups
    found.add(
        "clusters",
        "reports and reconciles",
        lambda_call=clusters * (counts.reports + counts.wake_ups),
        lambda_gb_second=GB * (clusters * counts.reports * REPORT_SECONDS + calls * RECONCILE_SECONDS),
        trace=clusters * (counts.reports + counts.wake_ups),
        queue_call=3 * calls,
        notification=clusters * counts.reports,
        key_call=2 * clusters * counts.reports,
        log=clusters * (counts.bytes_logged + LAMBDA_LOG * (counts.reports + counts.wake_ups)) / 1e9,
    )
    written, read = counts.bytes_written / 1024, counts.bytes_read / 4096
    found.add("clusters", "ledgers", table_write=clusters * written, table_read=clusters * read)
    metrics = clusters * counts.metric_hours / 24
    found.add(
        "clusters",
        "metrics of RDBs",
        metric=min(metrics, TIER) / DAYS,
        metric_above=max(0.0, metrics - TIER) / DAYS,
        alarm=clusters * counts.alarmed_metric_hours / 24 / DAYS,
        metric_put=clusters * counts.metrics_put,
    )
    found.add("clusters", "reading those metrics", metric_asked=clusters * counts.metrics_asked)
    found.add("clusters", "dashboards", dashboard=max(0, clusters - FREE_DASHBOARDS) / DAYS)
    found.add("clusters", "q's password", secret=clusters / DAYS, secret_call=FETCHES * host_hours)
    _of_data(found, usage, host_hours)
    if usage.instance_price:
        price = host_hours * usage.instance_price
        found.items.append(Item("clusters", "hosts", price, ("given",)))
    return found.items


def _of_control_plane(found: _Sum) -> None:
    found.add("control plane", "own metrics, alarms", metric=OWN_METRICS / DAYS, alarm=ALARMS / DAYS)
    found.add(
        "control plane",
        "sweeps, idle queue",
        lambda_call=MINUTES,
        lambda_gb_second=MINUTES * SWEEP_GB * SWEEP_SECONDS,
        trace=MINUTES,
        log=MINUTES * (SWEEP_LOG + LAMBDA_LOG) / 1e9,
        queue_call=POLLS,
    )
    found.add("control plane", "encryption key", key=1 / DAYS)


def _of_data(found: _Sum, usage: Usage, host_hours: float) -> None:
    """Add the lines of hosts and of what they hold, which a static host has too."""
    logged = usage.clusters * usage.log_gb
    found.add(
        "clusters",
        "tickerplant logs",
        files_moved=logged,
        files_kept=logged * LOG_DAYS / DAYS,
        backup_kept=logged * (LOG_DAYS + BACKUP_DAYS) / DAYS,
    )
    found.add("clusters", "root volumes", volume=host_hours / 24 * VOLUME_GIB / DAYS)
    # From the tickerplant to the live RDB, at most all of it.
    found.add("clusters", "traffic between zones", between_zones=logged)
    if surplus := max(0.0, usage.cpu_percent - BASELINE_PERCENT) / 100:
        found.add("clusters", "CPU above baseline", surplus_cpu=host_hours * VCPUS * surplus)


def usd_per_month(items: list[Item]) -> dict[str, float]:
    """Return what Highwater itself costs, and the rest of the clusters: hosts and what they hold."""
    rest = sum(item.per_day for item in items if item.name in DATA)
    return {"highwater": DAYS * (sum(item.per_day for item in items) - rest), "rest": DAYS * rest}


def usd_per_rdb_month(items: list[Item], usage: Usage) -> float | None:
    """Return what Highwater itself costs an RDB that runs all day, a month. None without any RDB."""
    rdbs = usage.clusters * usage.rdb_hours / 24
    return usd_per_month(items)["highwater"] / rdbs if rdbs else None


def of_static_host(usage: Usage, usd_per_hour: float) -> list[Item]:
    """Return what a day of each cluster costs on one host that holds all of it; it needs no control plane."""
    found, hosts = _Sum(usage.price_factor), 2 * usage.clusters
    _of_data(found, msgspec.structs.replace(usage, cpu_percent=0), 24 * hosts)
    found.items.append(Item("clusters", "RDB host", 24 * usage.clusters * usd_per_hour, ("given",)))
    if usage.instance_price:
        price = 24 * usage.clusters * usage.instance_price
        found.items.append(Item("clusters", "tickerplant", price, ("given",)))
    return found.items
