"""Asks the tickerplant for `check`, and publishes the report that only its own host can."""

from datetime import datetime

from ..host.aws import AWS_ERRORS, sentence
from ..host.config import BadConfig, Config, password
from ..kdb.errors import AskFailed
from ..kdb.plant import PlantSeen, look_at_plant
from ..kdb.status import Nonsense
from ..reporter.connecting import connection_of
from ..reporter.plant import PlantSender
from .finding import Finding
from .q import TICKERPLANT, remedied


def plant_of(config: Config) -> tuple[PlantSeen | None, Finding]:
    """Ask the tickerplant how many updates it has, and how many wait."""
    try:
        secret = password(config)
        with connection_of(config, lambda: secret) as q:
            seen = look_at_plant(q, config.q_timeout_seconds)
    except (AskFailed, Nonsense, BadConfig) as error:
        return None, Finding("q", "BAD", remedied(error, TICKERPLANT, config))
    return seen, Finding(
        "q", "ok", f"{seen.updates} updates, {seen.waiting} wait, {seen.queue} RDBs stand by"
    )


def plant_topic_of(sender: PlantSender, seen: PlantSeen, now: datetime) -> Finding:
    """Publish the current report: SNS cannot be tried in any other way."""
    try:
        report = sender.send(seen, now)
    except AWS_ERRORS as error:
        return Finding("topic", "BAD", sentence(error, now))
    return Finding("topic", "ok", f"took the report of now: sequence {report.sequence}")
