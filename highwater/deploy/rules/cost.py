"""The estimate of what Highwater costs: a formula over what happens in a day. Pure."""

from datetime import timedelta
from math import ceil

import msgspec

from chalicelib.core.release.walls import HOOK_LOOKED_AT
from highwater.deploy.rules.prices import (
    ALARM,
    BACKUP_KEPT,
    DASHBOARD,
    FILES_KEPT,
    FILES_MOVED,
    FREE_DASHBOARDS,
    KMS_CALL,
    KMS_KEY,
    LAMBDA_CALL,
    LAMBDA_GB_SECOND,
    LOG_BYTE,
    METRIC,
    METRIC_ASKED,
    METRIC_PUT,
    SECRET,
    SECRET_CALL,
    SNS_MESSAGE,
    SQS_CALL,
    SURPLUS_CPU,
    TABLE_READ,
    TABLE_WRITE,
    VOLUME,
    XRAY_TRACE,
)

LAMBDA_SECOND = 0.5 * LAMBDA_GB_SECOND  # a function has half a GB

DAYS = 30.4  # of a month, which is what a metric, an alarm, a key and a kept GB are priced by
MINUTES = 24 * 60
# What the templates and the code hold; the tests count again.
OWN_METRICS, ALARMS, VOLUME_GIB = 16, 22, 20
# An RDB: reports an hour; reports and fleet events in its life; metrics; publishes an hour.
REPORTS, LIFE_REPORTS, LIFE_EVENTS, RDB_METRICS, PUTS = 12, 6, 4, 3, 120
LOOKS = ceil(timedelta(days=1) / HOOK_LOOKED_AT)  # at the terminating hook, a day and cluster
VCPUS, BASELINE_PERCENT = 2, 20  # of the template's type, t3a.medium
FETCHES = 12  # of q's password, an hour and host
LOG_DAYS, BACKUP_DAYS = 7, 35
# Measured on a simulated day, in bytes: a ledger, the log of a sweep and of a wake-up with its reconcile.
LEDGER, LEDGER_RDB, SWEEP_LOG, WAKE_UP_LOG, WAKE_UP_LOG_RDB = 200, 725, 1100, 2580, 60
# Assumed, until it is measured on AWS: seconds of a call, polls of the idle queue in a day.
SWEEP_SECONDS, WAKE_UP_SECONDS, POLLS = 0.3, 0.5, 5 * 3 * MINUTES


class Usage(msgspec.Struct, frozen=True):
    """A day. `rdbs` is the most of a cluster at once, `rdb_hours` is what all RDBs of a cluster run.

    `cpu_percent` is how busy a host is on average, of both its vCPUs. `price_factor` is what the region's
    prices are of those of us-east-1; `instance_price` is the region's own.
    """

    clusters: int = 1
    rdbs: int = 6
    rdb_hours: float = 144
    log_gb: float = 10
    instance_price: float = 0
    cpu_percent: float = 0
    price_factor: float = 1

    @property
    def reports(self) -> float:
        """Reports of all clusters."""
        return self.clusters * (REPORTS * self.rdb_hours + LIFE_REPORTS * self.rdbs)

    @property
    def wake_ups(self) -> float:
        """Messages of the queue; each leads to one reconcile at most."""
        return self.reports + self.clusters * (LIFE_EVENTS * self.rdbs + LOOKS)

    @property
    def metrics_asked(self) -> float:
        """Metrics read: each sweep asks for every RDB, each reconcile for those of its cluster."""
        return 60 * self.clusters * self.rdb_hours + self.wake_ups * self.rdbs


class Item(msgspec.Struct, frozen=True):
    """A line of the estimate; USD a day."""

    part: str
    name: str
    per_day: float


def estimate(usage: Usage) -> list[Item]:
    """Return what the control plane costs, then what all clusters add."""
    clusters, hours, wake_ups = usage.clusters, usage.clusters * usage.rdb_hours, usage.wake_ups
    host_hours = hours + 24 * clusters
    ledger = LEDGER + LEDGER_RDB * usage.rdbs
    table = (2 * ceil(ledger / 1024) * TABLE_WRITE + ceil(ledger / 4096) * TABLE_READ) * wake_ups
    sweeps = MINUTES * (LAMBDA_CALL + SWEEP_SECONDS * LAMBDA_SECOND + XRAY_TRACE + SWEEP_LOG * LOG_BYTE)
    calls = 2 * LAMBDA_CALL + WAKE_UP_SECONDS * LAMBDA_SECOND + 2 * XRAY_TRACE + 3 * SQS_CALL
    log = WAKE_UP_LOG + WAKE_UP_LOG_RDB * usage.rdbs
    files = LOG_DAYS * FILES_KEPT + (LOG_DAYS + BACKUP_DAYS) * BACKUP_KEPT
    items = [
        Item("control plane", "own metrics, alarms", (OWN_METRICS * METRIC + ALARMS * ALARM) / DAYS),
        Item("control plane", "sweeps, idle queue", sweeps + POLLS * SQS_CALL),
        Item("control plane", "encryption key", KMS_KEY / DAYS),
        Item(
            "clusters",
            "reports and reconciles",
            wake_ups * (calls + log * LOG_BYTE) + usage.reports * SNS_MESSAGE,
        ),
        Item("clusters", "ledgers, encryption", table + 2 * REPORTS * hours * KMS_CALL),
        Item(
            "clusters",
            "metrics of RDBs",
            hours * ((RDB_METRICS * METRIC + ALARM) / (24 * DAYS) + PUTS * METRIC_PUT),
        ),
        Item("clusters", "reading those metrics", usage.metrics_asked * METRIC_ASKED),
        Item("clusters", "dashboards", max(0, clusters - FREE_DASHBOARDS) * DASHBOARD / DAYS),
        Item("clusters", "tickerplant logs", clusters * usage.log_gb * (FILES_MOVED + files / DAYS)),
        Item("clusters", "q's password", clusters * SECRET / DAYS + FETCHES * host_hours * SECRET_CALL),
        Item("clusters", "root volumes", host_hours / 24 * VOLUME_GIB * VOLUME / DAYS),
    ]
    if surplus := max(0.0, usage.cpu_percent - BASELINE_PERCENT) / 100:
        items.append(Item("clusters", "CPU above baseline", host_hours * VCPUS * surplus * SURPLUS_CPU))
    items = [Item(item.part, item.name, item.per_day * usage.price_factor) for item in items]
    if usage.instance_price:
        items.append(Item("clusters", "hosts", host_hours * usage.instance_price))
    return items
