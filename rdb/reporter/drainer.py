"""Watches for a request to drain this RDB, and passes it on to q until q has drained."""

from ..contract.report import State
from ..host.log import Log
from ..host.metadata import Metadata, NoMetadata
from ..kdb.connection import Connection
from ..kdb.errors import AskFailed
from ..kdb.status import DRAIN, Seen, in_q

DRAIN_EVERY = 10.0
# The service throttles, and a loaded host is late: fewer failures in a row mean nothing.
MISSES_TOLD = 3


class Drainer:
    """Uses its own connection to q. A step takes at most the metadata's and q's timeouts, in seconds."""

    def __init__(self, metadata: Metadata, q: Connection, timeout: float, log: Log) -> None:
        self._metadata, self._q, self._timeout, self._log = metadata, q, timeout, log
        self._asked_at = float("-inf")
        self._misses = 0
        self._request = ""
        self._agreed = False

    def step(self, seen: Seen | None, elapsed: float) -> bool:
        """Look for a request; true if q was asked to drain."""
        try:
            reason = self._metadata.drain_request()
        except NoMetadata as error:
            self._misses += 1
            if self._misses >= MISSES_TOLD:
                self._log.trouble("metadata", str(error))
            return False
        self._misses = 0
        self._log.well("metadata")
        if reason != self._request:
            self._request, self._agreed = reason, False
            self._log.tell("drain requested" if reason else "drain request withdrawn", why=reason)
        drained = seen is not None and seen.state is State.DRAINED
        if not reason or drained or elapsed - self._asked_at < DRAIN_EVERY:
            return False
        self._asked_at = elapsed
        self._ask()
        return True

    def _ask(self) -> None:
        try:
            answer = self._q.ask(DRAIN, self._timeout)
        except AskFailed as error:
            self._log.trouble("drain", str(error))
            return
        if answer is not True:
            why = "it is live, or cannot write its marker"
            self._log.trouble("drain", f"{DRAIN} must be 1b, and is {in_q(answer)}: {why}")
            return
        self._log.well("drain")
        # q is asked again until it has drained, perhaps until the end of the day. The log has it once.
        if not self._agreed:
            self._agreed = True
            self._log.tell("drain asked", why=self._request)
