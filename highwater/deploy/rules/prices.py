"""List prices in USD of us-east-1, on demand and without free tiers: one table, each line with its source.

AWS's own price lists were not read. `offer` names the list that decides, `page` a page that says the same, if
one was found; where none is named nothing was compared. The lists are public:
https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/LIST/current/us-east-1/index.json
"""

from typing import NamedTuple

AS_OF, PRICED = "November 2026", "us-east-1"


class Price(NamedTuple):
    """The USD of one unit, by the offer of AWS that has it, and the page that was compared."""

    usd: float
    unit: str
    offer: str
    page: str = ""


_LAMBDA = "https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html"
_TABLE = "https://airbyte.com/data-engineering-resources/dynamodb-pricing"
_METRIC = "https://signoz.io/guides/cloudwatch-pricing"
_LOGS = "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/"
_FILES = "https://www.factualminds.com/blog/amazon-efs-pricing-throughput-modes-storage-classes/"

PRICES = {
    "lambda-call": Price(0.20e-6, "call", "AWSLambda", _LAMBDA),
    "lambda-gb-second": Price(0.0000166667, "GB and second", "AWSLambda", _LAMBDA),
    "queue-call": Price(0.50e-6, "call of a FIFO queue", "AWSQueueService"),
    "notification": Price(0.50e-6, "message published", "AmazonSNS"),
    "trace": Price(5e-6, "trace", "AWSXRay"),
    "key": Price(1.00, "key and month", "awskms"),
    "key-call": Price(3e-6, "call", "awskms"),
    "secret": Price(0.40, "secret and month", "AWSSecretsManager"),
    "secret-call": Price(5e-6, "call", "AWSSecretsManager"),
    # A write in a transaction counts twice.
    "table-write": Price(0.625e-6, "KB written", "AmazonDynamoDB", _TABLE),
    "table-read": Price(0.125e-6, "4 KB read", "AmazonDynamoDB", _TABLE),
    # The tier of the first 10,000, and that of the next 240,000.
    "metric": Price(0.30, "metric and month", "AmazonCloudWatch", _METRIC),
    "metric-above": Price(0.10, "metric and month", "AmazonCloudWatch", _METRIC),
    "alarm": Price(0.10, "metric of an alarm and month", "AmazonCloudWatch"),
    "metric-put": Price(10e-6, "call of PutMetricData", "AmazonCloudWatch"),
    "metric-asked": Price(10e-6, "metric asked for", "AmazonCloudWatch"),
    # Three are free.
    "dashboard": Price(3.00, "dashboard and month", "AmazonCloudWatch", _LOGS),
    "log": Price(0.50, "GB ingested", "AmazonCloudWatch", _LOGS),
    # Written once and read once.
    "files-moved": Price(0.06 + 0.03, "GB", "AmazonEFS", _FILES),
    "files-kept": Price(0.30, "GB and month", "AmazonEFS", _FILES),
    "backup-kept": Price(0.05, "GB and month", "AWSBackup"),
    "volume": Price(0.08, "GB of gp3 and month", "AmazonEC2"),
    "surplus-cpu": Price(0.05, "hour of a vCPU above the baseline of T3", "AmazonEC2"),
    # Each side pays 0.01.
    "between-zones": Price(0.02, "GB between zones", "AmazonEC2"),
}
TIER, FREE_DASHBOARDS = 10_000, 3


def usd(name: str) -> float:
    """Return the price of one unit."""
    return PRICES[name].usd
