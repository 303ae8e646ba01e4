"""What is to be paid for: how much of it, and how often what costs happens in a day."""

import msgspec

from highwater.deploy.rules import templates

MINUTES = 24 * 60

# How often, as the code has it.
REPORTS_AN_HOUR = 12
REPORTS_A_LIFE = 6  # booting, standby, live, the scale threshold, rolled, drained
EVENTS_A_LIFE = 4  # three of EC2 Auto Scaling, one contributor of the alarm
LOOKS_A_DAY = 24  # at the terminating hook, which only a reconcile takes
DECISIONS_A_LIFE = 4
# What a reporter publishes: memory, q's heap, rows; every 30 seconds unless set.
RDB_METRICS, PUTS_A_MINUTE = 3, 2

# How much, as measured on a simulated day of six RDBs. Bytes.
LEDGER_BYTES, LEDGER_BYTES_AN_RDB = 200, 725
DECISION_BYTES, DECISION_DAYS = 600, 90
SWEEP_LOGS, EDGE_LOGS, RECONCILE_LOGS, RECONCILE_LOGS_AN_RDB = 700, 780, 1000, 60

# Assumed, and to be measured on AWS: seconds of a call; Lambda's own log lines of it, in bytes; the pollers
# that Lambda keeps at an idle queue, and the calls of each in a minute.
SWEEP_SECONDS, EDGE_SECONDS, RECONCILE_SECONDS = 0.3, 0.1, 0.4
PLATFORM_LOGS = 400
POLLERS, POLLS_A_MINUTE = 5, 3


def _volume_gib() -> float:
    """The root volume that a cluster's hosts have unless said."""
    return float(templates.read_template(templates.CLUSTER_TEMPLATE)["Parameters"]["VolumeGiB"]["Default"])


class Sizing(msgspec.Struct, frozen=True):
    """What is to be paid for. `rdbs` is the most of a cluster at once, `rdb_hours` are a cluster's in a day,
    `log_gb` is what a tickerplant logs in a day."""

    clusters: int = 1
    rdbs: int = 6
    rdb_hours: float = 144
    log_gb: float = 10
    log_days: int = 7
    volume_gib: float = msgspec.field(default_factory=_volume_gib)
    api_requests: int = 100
    instance_price: float | None = None

    @property
    def running(self) -> float:
        """RDB-hours of all clusters in a day."""
        return self.clusters * self.rdb_hours

    @property
    def lives(self) -> int:
        """RDBs that are launched and released in a day."""
        return self.clusters * self.rdbs

    @property
    def reports(self) -> float:
        return REPORTS_AN_HOUR * self.running + REPORTS_A_LIFE * self.lives

    @property
    def wake_ups(self) -> float:
        """Each is one message of the queue, and one reconcile at most."""
        return self.reports + EVENTS_A_LIFE * self.lives + LOOKS_A_DAY * self.clusters

    @property
    def ledger_bytes(self) -> int:
        return LEDGER_BYTES + LEDGER_BYTES_AN_RDB * self.rdbs


class Holdings(msgspec.Struct, frozen=True):
    """What the templates and the configuration hold that is paid for. `alarmed` counts metrics: an alarm on
    an expression costs as much as its metrics do."""

    memory_gb: float
    traced: bool
    log_days: int
    keys: int
    dashboards: int
    own_metrics: int
    alarmed: int
    alarmed_a_cluster: int
