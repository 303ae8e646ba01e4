"""The composition root: the adapters on real clients, the settings of this function, the real clock."""

from datetime import UTC, datetime

from chalicelib.aws import client
from chalicelib.controller import Controller
from chalicelib.group import Groups
from chalicelib.ledger import Ledgers
from chalicelib.settings import Environment
from chalicelib.telemetry import Telemetry
from chalicelib.wake_ups import WakeUps


def utc_now() -> datetime:
    """The time at which something was received or decided."""
    return datetime.now(UTC)


def groups() -> Groups:
    """EC2 Auto Scaling."""
    return Groups(client("autoscaling"))


def ledgers() -> Ledgers:
    """The table."""
    return Ledgers(client("dynamodb"), Environment.read().table)


def wake_ups() -> WakeUps:
    """The queue."""
    return WakeUps(client("sqs"), Environment.read().queue_url)


def controller() -> Controller:
    """The one that acts."""
    return Controller(groups(), Telemetry(client("cloudwatch")), ledgers(), utc_now)
