"""The bill, a formula: how often what happens in a day, times the price of it. Pure."""

from math import ceil
from typing import Literal

import msgspec

from highwater.deploy.cost import prices
from highwater.deploy.cost.sizing import (
    DECISION_BYTES,
    DECISION_DAYS,
    DECISIONS_A_LIFE,
    EDGE_LOGS,
    EDGE_SECONDS,
    MINUTES,
    PLATFORM_LOGS,
    POLLERS,
    POLLS_A_MINUTE,
    PUTS_A_MINUTE,
    RDB_METRICS,
    RECONCILE_LOGS,
    RECONCILE_LOGS_AN_RDB,
    RECONCILE_SECONDS,
    REPORTS_AN_HOUR,
    SWEEP_LOGS,
    SWEEP_SECONDS,
    Holdings,
    Sizing,
)

Part = Literal["control plane", "clusters"]


class Item(msgspec.Struct, frozen=True):
    """One line of the bill; USD a day."""

    part: Part
    name: str
    formula: str
    per_day: float

    @property
    def per_month(self) -> float:
        return self.per_day * prices.DAYS_A_MONTH


def costs(sizing: Sizing, holds: Holdings) -> tuple[Item, ...]:
    """Every line of the bill."""
    return (*control_plane(sizing, holds), *clusters(sizing, holds))


def control_plane(sizing: Sizing, holds: Holdings) -> tuple[Item, ...]:
    """What is paid without any cluster."""
    calls = MINUTES + sizing.api_requests
    seconds = MINUTES * SWEEP_SECONDS + sizing.api_requests * RECONCILE_SECONDS
    polls = POLLERS * POLLS_A_MINUTE * MINUTES
    logs = calls * (SWEEP_LOGS + PLATFORM_LOGS)
    paid_dashboards = max(0, holds.dashboards - prices.FREE_DASHBOARDS)

    def item(name: str, formula: str, per_day: float) -> Item:
        return Item("control plane", name, formula, per_day)

    return (
        item(
            "Lambda requests",
            f"{MINUTES:,} sweeps and {sizing.api_requests:,} API calls",
            calls * prices.LAMBDA_REQUEST,
        ),
        item(
            "Lambda GB-seconds",
            f"{seconds:,.0f} s of {holds.memory_gb:g} GB",
            seconds * holds.memory_gb * prices.LAMBDA_GB_SECOND,
        ),
        item("SQS polls", f"{polls:,} calls of Lambda at the idle queue", polls * prices.SQS_FIFO_REQUEST),
        item(
            "own metrics",
            f"{holds.own_metrics} of the control plane",
            24 * holds.own_metrics * prices.METRIC_HOUR,
        ),
        item("alarms", f"{holds.alarmed} metrics watched", 24 * holds.alarmed * prices.ALARM_HOUR),
        item(
            "dashboards",
            f"{holds.dashboards}, of which {paid_dashboards} beyond the {prices.FREE_DASHBOARDS} free ones",
            paid_dashboards * prices.DASHBOARD_MONTH / prices.DAYS_A_MONTH,
        ),
        *_logs("control plane", logs, holds.log_days),
        *_traces("control plane", calls, holds),
        item("KMS keys", f"{holds.keys}", holds.keys * prices.KMS_KEY_MONTH / prices.DAYS_A_MONTH),
        item("API Gateway", f"{sizing.api_requests:,} requests", sizing.api_requests * prices.API_REQUEST),
        item("EventBridge", "events of AWS and a schedule are free", prices.EVENT_OF_AWS),
    )


def clusters(sizing: Sizing, holds: Holdings) -> tuple[Item, ...]:
    """What all the clusters add."""
    return (
        *_wake_ups(sizing, holds),
        *_ledgers(sizing),
        *_metrics(sizing, holds),
        *_disks(sizing),
        *_hosts(sizing),
    )


def _item(name: str, formula: str, per_day: float) -> Item:
    return Item("clusters", name, formula, per_day)


def _wake_ups(sizing: Sizing, holds: Holdings) -> tuple[Item, ...]:
    calls = 2 * sizing.wake_ups
    seconds = sizing.wake_ups * (EDGE_SECONDS + RECONCILE_SECONDS)
    reconcile_logs = RECONCILE_LOGS + RECONCILE_LOGS_AN_RDB * sizing.rdbs
    logs = sizing.wake_ups * (EDGE_LOGS + reconcile_logs + 2 * PLATFORM_LOGS)
    data_keys = 2 * REPORTS_AN_HOUR * sizing.running if holds.keys else 0
    return (
        _item(
            "Lambda requests",
            f"{sizing.wake_ups:,.0f} wake-ups, each with its reconcile",
            calls * prices.LAMBDA_REQUEST,
        ),
        _item(
            "Lambda GB-seconds",
            f"{seconds:,.0f} s of {holds.memory_gb:g} GB",
            seconds * holds.memory_gb * prices.LAMBDA_GB_SECOND,
        ),
        _item(
            "SQS requests",
            f"{sizing.wake_ups:,.0f} wake-ups sent, received, deleted",
            3 * sizing.wake_ups * prices.SQS_FIFO_REQUEST,
        ),
        _item("SNS", f"{sizing.reports:,.0f} reports published", sizing.reports * prices.SNS_PUBLISH),
        _item(
            "KMS requests",
            f"{data_keys:,.0f}: two every five minutes for each RDB that publishes",
            data_keys * prices.KMS_REQUEST,
        ),
        *_logs("clusters", logs, holds.log_days),
        *_traces("clusters", calls, holds),
    )


def _ledgers(sizing: Sizing) -> tuple[Item, ...]:
    ledger_kb, read_units = ceil(sizing.ledger_bytes / 1024), ceil(sizing.ledger_bytes / 4096)
    decisions = DECISIONS_A_LIFE * sizing.lives
    writes = sizing.wake_ups * 2 * ledger_kb + decisions * 3
    reads = (MINUTES * sizing.clusters + sizing.wake_ups) * read_units
    kept_gb = (sizing.clusters * sizing.ledger_bytes + decisions * DECISION_DAYS * DECISION_BYTES) / 1e9
    gb_month = prices.DYNAMODB_GB_MONTH + prices.DYNAMODB_PITR_GB_MONTH
    return (
        _item(
            "DynamoDB writes",
            f"{writes:,.0f} units: each reconcile writes {ledger_kb} KB in a transaction, which counts twice",
            writes * prices.DYNAMODB_WRITE_UNIT,
        ),
        _item(
            "DynamoDB reads",
            f"{reads:,.0f} units: a ledger in each sweep and each reconcile",
            reads * prices.DYNAMODB_READ_UNIT,
        ),
        _item(
            "DynamoDB storage",
            f"{1000 * kept_gb:.1f} MB with recovery to any point in time",
            kept_gb * gb_month / prices.DAYS_A_MONTH,
        ),
    )


def _metrics(sizing: Sizing, holds: Holdings) -> tuple[Item, ...]:
    asked, put = 60 * sizing.running, 60 * PUTS_A_MINUTE * sizing.running
    by_reconciles = sizing.wake_ups * sizing.rdbs
    standard = holds.alarmed_a_cluster * sizing.clusters
    return (
        _item(
            "metrics of RDBs",
            f"{sizing.running:,.1f} RDB-hours of {RDB_METRICS} metrics",
            RDB_METRICS * sizing.running * prices.METRIC_HOUR,
        ),
        _item(
            "PutMetricData",
            f"{put:,.0f} calls, {PUTS_A_MINUTE} a minute and RDB",
            put * prices.PUT_METRIC_DATA,
        ),
        _item(
            "GetMetricData, sweeps",
            f"{asked:,.0f} metrics: every sweep asks for every RDB",
            asked * prices.METRIC_ASKED,
        ),
        _item(
            "GetMetricData, reconciles",
            f"{by_reconciles:,.0f} metrics: each of {sizing.wake_ups:,.0f} asks for {sizing.rdbs} RDBs",
            by_reconciles * prices.METRIC_ASKED,
        ),
        _item(
            "memory alarms",
            f"{sizing.running:,.1f} RDB-hours of one metric that the query analyses",
            sizing.running * prices.ALARM_HOUR,
        ),
        _item("other alarms", f"{standard} metrics watched", 24 * standard * prices.ALARM_HOUR),
    )


def _disks(sizing: Sizing) -> tuple[Item, ...]:
    written = sizing.clusters * sizing.log_gb
    kept, backed_up = written * sizing.log_days, written * (sizing.log_days + prices.EFS_BACKUP_DAYS)
    hours = sizing.running + 24 * sizing.clusters
    return (
        _item(
            "EFS throughput",
            f"{written:g} GB written, and read once",
            written * (prices.EFS_GB_WRITTEN + prices.EFS_GB_READ),
        ),
        _item(
            "EFS storage",
            f"{kept:g} GB: {sizing.log_days} days of logs",
            kept * prices.EFS_GB_MONTH / prices.DAYS_A_MONTH,
        ),
        _item(
            "EFS backups",
            f"{backed_up:g} GB: a log is in them for {prices.EFS_BACKUP_DAYS} days more",
            backed_up * prices.EFS_BACKUP_GB_MONTH / prices.DAYS_A_MONTH,
        ),
        _item(
            "EBS volumes",
            f"{hours:,.1f} host-hours of {sizing.volume_gib:g} GiB gp3, tickerplants included",
            hours * sizing.volume_gib * prices.EBS_GB_MONTH / prices.HOURS_A_MONTH,
        ),
    )


def _hosts(sizing: Sizing) -> tuple[Item, ...]:
    if sizing.instance_price is None:
        return ()
    price, always = sizing.instance_price, 24 * sizing.clusters
    return (
        _item("EC2, RDBs", f"{sizing.running:,.1f} hours at ${price:g}", sizing.running * price),
        _item("EC2, tickerplants", f"{always:,} hours at ${price:g}", always * price),
    )


def _logs(part: Part, written: float, days: int) -> tuple[Item, ...]:
    """Ingestion of so many bytes a day, and their storage once the first ones expire."""
    gigabytes = written / 1e9
    kept = gigabytes * days * prices.LOGS_COMPRESSED
    return (
        Item(part, "logs written", f"{1000 * gigabytes:,.1f} MB", gigabytes * prices.LOGS_GB),
        Item(
            part,
            "logs kept",
            f"{days} days, compressed to {kept:.2f} GB",
            kept * prices.LOGS_GB_MONTH / prices.DAYS_A_MONTH,
        ),
    )


def _traces(part: Part, calls: float, holds: Holdings) -> tuple[Item, ...]:
    if not holds.traced:
        return ()
    return (
        Item(
            part, "X-Ray", f"{calls:,.0f} traces: the default samples nearly all", calls * prices.XRAY_TRACE
        ),
    )
