"""Connections to the host's q, as the settings say."""

from collections.abc import Callable

from ..host.config import BadConfig, Config, password
from ..host.log import Log
from ..kdb.connection import Connection, TlsConnection


def connection_of(config: Config, secret: Callable[[], str]) -> Connection:
    """Prepare a connection to q; it connects when it is first asked, and reads the `secret` each time."""
    kind = TlsConnection if config.q_tls else Connection
    return kind(config.q_host, config.q_port, user=config.q_user, password=secret)


def lasting_connection(config: Config, log: Log) -> Connection:
    """Prepare a connection that goes on with the newest password while none can be read."""
    newest = ""

    def read() -> str:
        nonlocal newest
        try:
            newest = password(config)
        except BadConfig as error:
            log.trouble("password", f"{error}; the newest that could be read is given")
        else:
            log.well("password")
        return newest

    return connection_of(config, read)
