"""Watches for the wish that this RDB should drain, and passes it on to q until q has drained."""

from ..contract.report import State
from ..host.log import Log
from ..host.metadata import Metadata, NoMetadata
from ..kdb.connection import Connection
from ..kdb.errors import AskFailed
from ..kdb.status import DRAIN, in_q
from .reports import Seen

DRAIN_EVERY = 10.0
# The service throttles, and a host under load is late: fewer misses than these in a row point at nothing.
MISSES_TOLD = 3


class Drainer:
    """Over a connection of its own. Each step may take the metadata's and then q's timeout, in seconds."""

    def __init__(self, metadata: Metadata, q: Connection, timeout: float, log: Log) -> None:
        self._metadata, self._q, self._timeout, self._log = metadata, q, timeout, log
        self._asked_at = float("-inf")
        self._misses = 0
        self._wish = ""
        self._agreed = False

    def step(self, seen: Seen | None, elapsed: float) -> bool:
        """Whether q was asked to drain."""
        try:
            reason = self._metadata.wish().reason
        except NoMetadata as error:
            self._misses += 1
            if self._misses >= MISSES_TOLD:
                self._log.trouble("metadata", str(error))
            return False
        self._misses = 0
        self._log.well("metadata")
        if reason != self._wish:
            self._wish, self._agreed = reason, False
            self._log.tell("drain wished" if reason else "drain no longer wished", why=reason)
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
        # Asked again until q has drained, which may take until the end of the day; told once.
        if not self._agreed:
            self._agreed = True
            self._log.tell("drain asked", why=self._wish)
