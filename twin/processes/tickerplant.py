"""The tickerplant beside real q processes, after rdb/q/tickerplant.q: the log, the queue and the windows."""

from dataclasses import dataclass
from typing import Any

from twin.processes.host import Host, QGone


@dataclass
class Window:
    """Updates (first, last] of the log; exactly one is open, its `last` is None. `holder` is an instance."""

    first: int
    last: int | None = None
    holder: str | None = None


class Tickerplant:
    """Updates are never lost: what no live RDB takes waits in the log. A q that is gone gives no answer, and
    joins again once it is back."""

    def __init__(self) -> None:
        self.updates = 0
        self.day_end = 0
        self.live: Host | None = None
        self.rolls = 0
        self._connected: list[Host] = []
        self._standbys: list[Host] = []
        self._windows = [Window(0)]

    @property
    def waiting(self) -> int:
        """Standbys that are ready to take over."""
        return len(self._standbys)

    def join(self, host: Host) -> None:
        """A q that was started, for the first time or again, and holds nothing."""
        self._connected.append(host)
        if host.said["state"] == "drained":
            return
        window = next((window for window in self._windows if window.holder == host.instance_id), None)
        if window is None:
            self._standbys.append(host)
            self._tell(host, do="assign", state="standby", first=None)
            self._promote()
        else:
            # Its window is closed: it reads its rows from the log again.
            self._tell(host, do="assign", state="rolled", first=window.first)
            self._tell(host, do="take", until=window.last)
            if window.last is not None and window.last <= self.day_end:
                self._end_day_of(host)

    def lose(self, host: Host) -> None:
        """A q that is gone: its open window goes to the first standby, from where it began."""
        for hosts in (self._connected, self._standbys):
            if host in hosts:
                hosts.remove(host)
        if self.live is host:
            self.live = None
            self._windows[-1].holder = None
            self._promote()

    def publish(self, count: int) -> None:
        """So many updates more."""
        self.updates += count
        if self.live and count:
            self._hand_on(self.live)

    def roll(self) -> None:
        """The live one hands over, by hand."""
        if self.live:
            self._rolled(self._tell(self.live, do="roll"))

    def end_day(self) -> None:
        """All that was published is persisted. The live one starts with an empty window, the others drain."""
        self.day_end = self.updates
        self._standbys.clear()
        for host in list(self._connected):
            if host is not self.live:
                self._end_day_of(host)
        if self.live:
            self._start_day(self.live)

    def held(self) -> int:
        """Updates of this day that some q holds now."""
        return sum(host.rows for host in self._connected)

    def _hand_on(self, host: Host) -> None:
        status = self._tell(host, do="take", until=self.updates)
        if status and status["state"] == "rolled":
            self._rolled(status)

    def _rolled(self, status: dict[str, Any] | None) -> None:
        if status is None:
            return
        self.rolls += 1
        self._windows[-1].last = status["last_index"]
        self._windows.append(Window(status["last_index"]))
        self.live = None
        self._promote()

    def _promote(self) -> None:
        """The open window goes to the first standby that is still one: who was asked to drain is not."""
        while self.live is None and self._standbys:
            host, window = self._standbys.pop(0), self._windows[-1]
            status = self._tell(host, do="assign", state="live", first=window.first)
            if status and status["state"] == "live":
                self.live, window.holder = host, host.instance_id
                self._hand_on(host)
                if self.live is host and window.first < self.day_end:
                    self._start_day(host)

    def _start_day(self, host: Host) -> None:
        self._windows[-1].first = self.day_end
        self._end_day_of(host)

    def _end_day_of(self, host: Host) -> None:
        host.emptying = True
        self._tell(host, do="end the day", index=self.day_end)
        host.emptying = False

    def _tell(self, host: Host, **message: Any) -> dict[str, Any] | None:
        try:
            return host.tell(**message)
        except QGone:
            self.lose(host)
            return None
