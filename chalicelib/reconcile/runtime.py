"""The composition root: the adapters on real clients, the environment, the real clock."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial

from chalicelib.adapters.autoscaling import Groups
from chalicelib.adapters.clients import client, side_by_side
from chalicelib.adapters.cloudwatch import Telemetry
from chalicelib.adapters.dynamodb import Ledgers
from chalicelib.adapters.ec2 import Instances
from chalicelib.adapters.records import Records
from chalicelib.adapters.sns import Operators
from chalicelib.adapters.sqs import WakeUps
from chalicelib.contract.presigned import Realm
from chalicelib.proof.verifier import KnownKeys, Verifier, fetch
from chalicelib.reconcile.controller import Controller
from chalicelib.reconcile.environment import Environment
from chalicelib.reconcile.looking import Adapters


def utc_now() -> datetime:
    """Return the time at which something is received or decided."""
    return datetime.now(UTC)


def groups() -> Groups:
    """Return EC2 Auto Scaling."""
    return Groups(client("autoscaling"), partial(client, "autoscaling", once=True))


def ledgers() -> Ledgers:
    """Return the table."""
    return Ledgers(client("dynamodb"), Environment.read().table, side_by_side)


def records() -> Records:
    """Return the records of commands."""
    return Records(client("dynamodb"), Environment.read().table)


def wake_ups() -> WakeUps:
    """Return the queue."""
    return WakeUps(client("sqs"), Environment.read().queue_url)


@cache
def known_keys() -> KnownKeys:
    """Return what this container knows of senders; it lasts as long as the container."""
    return KnownKeys()


def verifier() -> Verifier:
    """Return the verifier of this account and region."""
    here = Environment.read()
    realm = Realm(here.account, here.partition, here.url_suffix, here.region)
    return Verifier(realm, known_keys(), fetch)


def controller(seconds_left: Callable[[], float] = lambda: math.inf) -> Controller:
    """Return the controller on real clients; a function has `seconds_left`."""
    adapters = Adapters(
        groups(),
        Telemetry(client("cloudwatch"), side_by_side),
        ledgers(),
        Instances(partial(client, "ec2")),
        Operators(partial(client, "sns"), Environment.read().operators_topic),
        side_by_side,
    )
    return Controller(adapters, utc_now, seconds_left)
