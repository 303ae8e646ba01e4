"""This host's identity: the names under which it reports."""

from threading import Event
from typing import NamedTuple

from .config import Config
from .log import Log
from .metadata import Metadata, NoMetadata

TRY_EVERY = 5.0


class Identity(NamedTuple):
    """The RDB's cluster and instance id, as reports and metrics name it, and its region."""

    cluster: str
    instance_id: str
    region: str


def identity(config: Config, metadata: Metadata) -> Identity:
    """Read the instance id and the region from the settings, else from the metadata. Raises NoMetadata."""
    try:
        instance_id = config.instance_id or metadata.instance_id()
        return Identity(config.cluster, instance_id, config.region or metadata.region())
    except NoMetadata as error:
        remedy = "off EC2 set instance_id and region; such an RDB cannot be asked to drain"
        raise NoMetadata(f"{error}; {remedy}") from error


def awaited_identity(config: Config, metadata: Metadata, log: Log, stop: Event) -> Identity | None:
    """Wait for the metadata, however long that takes. None when `stop` was set first."""
    while not stop.is_set():
        try:
            found = identity(config, metadata)
        except NoMetadata as error:
            log.trouble("metadata", f"{error}; waits for it, and reports nothing meanwhile")
            stop.wait(TRY_EVERY)
        else:
            log.well("metadata")
            return found
    return None
