"""The composition root: the adapters on real clients, the settings of this function, the real clock."""

from datetime import UTC, datetime
from functools import cache, partial

from chalicelib import identity
from chalicelib.aws import client
from chalicelib.controller import Controller
from chalicelib.group import Groups
from chalicelib.hosts import Hosts
from chalicelib.ledger import Ledgers
from chalicelib.operators import Operators
from chalicelib.presigned import Realm
from chalicelib.settings import Environment
from chalicelib.telemetry import Telemetry
from chalicelib.wake_ups import WakeUps


def utc_now() -> datetime:
    """The time at which something was received or decided."""
    return datetime.now(UTC)


def groups() -> Groups:
    """EC2 Auto Scaling."""
    return Groups(client("autoscaling"), client("autoscaling", once=True))


def ledgers() -> Ledgers:
    """The table."""
    return Ledgers(client("dynamodb"), Environment.read().table)


def wake_ups() -> WakeUps:
    """The queue."""
    return WakeUps(client("sqs"), Environment.read().queue_url)


@cache
def proof_memory() -> identity.Memory:
    """What this container knows of senders; it lasts as long as the container."""
    return identity.Memory()


def verifier() -> identity.Verifier:
    """The STS of this account and region."""
    here = Environment.read()
    realm = Realm(here.account, here.partition, here.url_suffix, here.region)
    return identity.Verifier(realm, proof_memory(), identity.fetch)


def controller() -> Controller:
    """The one that acts."""
    return Controller(
        groups(),
        Telemetry(client("cloudwatch")),
        ledgers(),
        Hosts(partial(client, "ec2")),
        Operators(client("sns"), Environment.read().operators_topic),
        utc_now,
    )
