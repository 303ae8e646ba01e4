"""What the control plane of a day does that is billed: a formula over its clusters and RDBs. Pure.

tests/highwater/test_counts.py holds it against the twin.
"""

from datetime import timedelta
from math import ceil

import msgspec

from chalicelib.contract.report import (
    MEASURED_EVERY,
    MEASURED_ON,
    REPORT_EVERY,
    ROLLED_EVERY,
)
from chalicelib.core.release.walls import HOOK_LOOKED_AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTES = 24 * 60
# Of one RDB's life beside its heartbeats, measured on a simulated day of 20: changes of state and what
# repeats soon after it rolled; alarms, fleet events and sweeps that wake; decisions that are recorded.
LIFE_REPORTS, LIFE_WAKE_UPS, LIFE_WRITES, LIFE_RECORDS = 10.6, 8.2, 20, 4.5
# Readings of those that boot, and of those that have drained until they are gone.
LIFE_ASKED = 60
# Hours of standby; a launch comes minutes before it is needed. And of a metric more than it runs, since each
# hour begun counts.
LIFE_STANDBY, LIFE_METRIC_HOURS, LIFE_ALARMED_HOURS = 0.07, 2, 4 / 3
LOOKS = ceil(DAY / HOOK_LOOKED_AT)  # at the terminating hook, a day and cluster
# Measured on a simulated day, in bytes: a ledger, and what the functions log of a sweep, a report, a wake-up.
LEDGER, LEDGER_RDB = 1600, 690
SWEEP_LOG, REPORT_LOG, RECONCILE_LOG = 720, 670, 735


class Usage(msgspec.Struct, frozen=True):
    """A day. `rdbs` is the most of a cluster at once, `rdb_hours` is what all RDBs of a cluster run.

    `standby_hours` of them are those of standbys, those of launches that come in time unless it is given.
    `cpu_percent` is how busy a host is on average, of both its vCPUs. `price_factor` is what the region's
    prices are of those of us-east-1; `instance_price` is the region's own.
    """

    clusters: int = 1
    rdbs: int = 6
    rdb_hours: float = 144
    standby_hours: float | None = None
    log_gb: float = 10
    instance_price: float = 0
    cpu_percent: float = 0
    price_factor: float = 1

    @property
    def live_hours(self) -> float:
        """One RDB is live all day."""
        return min(24, self.rdb_hours)

    @property
    def alert_hours(self) -> float:
        """The hours of RDBs whose reading can decide: the live one's and those of standbys."""
        standby = LIFE_STANDBY * self.rdbs if self.standby_hours is None else self.standby_hours
        return min(self.rdb_hours, self.live_hours + standby)

    @property
    def rolled_hours(self) -> float:
        """The hours of RDBs that have rolled."""
        return self.rdb_hours - self.alert_hours


class Counts(msgspec.Struct, frozen=True):
    """The counts of one cluster's day.

    Bytes written and read are those of the ledger, of which a transaction counts twice; those logged are
    without the sweeps' lines, which the control plane has for all clusters.
    """

    reports: float
    wake_ups: float
    metrics_put: float
    metric_hours: float
    alarmed_metric_hours: float
    metrics_asked: float
    bytes_written: float
    bytes_read: float
    bytes_logged: float


def counts_of(usage: Usage) -> Counts:
    """Return what one cluster comes to in a day."""
    alert, rolled, rdbs = usage.alert_hours, usage.rolled_hours, usage.rdbs
    # One that has just rolled is asked for until a write has what was read after that.
    on, off = _hours(MEASURED_ON) * rdbs, _hours(REPORT_EVERY) * rdbs
    tickerplant = DAY / REPORT_EVERY
    reports = tickerplant + alert * _an_hour(REPORT_EVERY) + rolled * _an_hour(ROLLED_EVERY)
    reports += LIFE_REPORTS * rdbs
    wake_ups = reports + LIFE_WAKE_UPS * rdbs + LOOKS
    minutes = alert + min(on, rolled)
    # A sweep asks for these each minute, and for those that have rolled every five; a reconcile for these.
    asked_each_look = (alert + min(off, rolled)) / 24
    asked = MINUTES * asked_each_look + rolled * _an_hour(MEASURED_EVERY)
    ledger = LEDGER + LEDGER_RDB * usage.rdb_hours / 24
    writes = tickerplant + alert * _an_hour(REPORT_EVERY) + LIFE_WRITES * rdbs + LOOKS
    return Counts(
        reports=reports,
        wake_ups=wake_ups,
        metrics_put=60 * minutes + max(0.0, rolled - on) * _an_hour(MEASURED_EVERY),
        metric_hours=usage.rdb_hours + LIFE_METRIC_HOURS * rdbs,
        alarmed_metric_hours=minutes + LIFE_ALARMED_HOURS * rdbs,
        metrics_asked=asked + wake_ups * asked_each_look + LIFE_ASKED * rdbs,
        bytes_written=(writes + 2 * LIFE_RECORDS * rdbs) * ledger,
        bytes_read=(MINUTES + wake_ups) * ledger,
        bytes_logged=reports * REPORT_LOG + wake_ups * RECONCILE_LOG,
    )


def _an_hour(every: timedelta) -> float:
    return HOUR / every


def _hours(span: timedelta) -> float:
    return span / HOUR
