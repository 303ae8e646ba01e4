"""This host's identity: the names under which it reports, and where clients reach its q."""

import re
from ipaddress import ip_address
from threading import Event
from typing import NamedTuple

from ..contract.names import HOST_NAME
from .config import Config
from .log import Log
from .metadata import Metadata, NoMetadata

TRY_EVERY = 5.0


class Identity(NamedTuple):
    """The RDB's cluster and instance id, as reports and metrics name it, and its region.

    Clients reach q at `host` and `port`, which come together; None where the host is not known.
    """

    cluster: str
    instance_id: str
    region: str
    host: str | None = None
    port: int | None = None


def identity(config: Config, metadata: Metadata) -> Identity:
    """Read the instance id and the region from the settings, else from the metadata. Raises NoMetadata."""
    try:
        instance_id = config.instance_id or metadata.instance_id()
        region = config.region or metadata.region()
    except NoMetadata as error:
        remedy = "off EC2 set instance_id and region; such an RDB cannot be asked to drain"
        raise NoMetadata(f"{error}; {remedy}") from error
    host = _host(config, metadata)
    return Identity(config.cluster, instance_id, region, host, config.q_port if host else None)


def _host(config: Config, metadata: Metadata) -> str | None:
    """Return where others reach q: on this host by its private address, which off EC2 nobody tells.

    Nor is a name that no report may have: for it each one would be refused.
    """
    if not _is_here(config.q_host):
        return config.q_host if re.fullmatch(HOST_NAME, config.q_host) else None
    try:
        return metadata.address()
    except NoMetadata:
        return None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
