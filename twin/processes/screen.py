"""Shows a cluster of real processes live on a terminal; where there is none, a line for each change."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chalicelib.core.decision import Decision
from chalicelib.core.release.steps import Step
from twin.processes.cluster import Processes

REFRESHED_EVERY = 0.25
# The display's lines beside hosts and decisions, and below it the last sentence and the prompt.
OTHER_LINES = 8 + 2
FEWEST_DECISIONS, MOST_DECISIONS = 2, 10
# Columns: whole ids where there is room for them, and the bar takes what is left.
WIDE, WIDEST = 110, 120
ID, TAIL = 19, 4
LIFECYCLE, STATE, WINDOW, PERCENT = 20, 7, 16, 6
SHORTEST_BAR = 8
GAP = 3
AT, WOKEN_BY = 5, 20
STYLES = {"live": "bold green", "rolled": "yellow", "drained": "cyan", "standby": "blue", "booting": "dim"}
GONE = "released"
PROVEN = "proof accepted"
STEPS: dict[Step, str] = {
    "terminate": "terminate",
    "replace": "replace",
    "continue": "complete hook",
    "end-retained": "end retained",
}


class Line(NamedTuple):
    """A host: q's state, the instance's, whether a proof was accepted, memory in percent, q's window."""

    state: str
    instance: str
    proven: bool
    percent: float
    window: str


class Screen:
    """The display: call `look` often. The decisions keep their place while no more than `hosts` launch."""

    def __init__(self, console: Console, cluster: Processes, hosts: int) -> None:
        self._console, self._cluster, self._hosts = console, cluster, hosts
        self._scale, self._roll = cluster.settings.scale, cluster.settings.roll
        self._began, self._looked_at = datetime.now(UTC), monotonic()
        self._told_phase = ""
        self._lines: dict[str, Line] = {}
        self._decisions: dict[datetime, Decision] = {}
        self._desired = 0
        # The functions' own output goes elsewhere while they run: the display must not touch it.
        self._live = Live(
            console=console,
            auto_refresh=False,
            get_renderable=self.rendered,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the day that runs meanwhile; the display ends with what is so then."""
        self._began = datetime.now(UTC)
        with self._live if self._console.is_terminal else nullcontext():
            yield
            self._show()

    def look(self) -> None:
        """Show what is so now, some times a second at most."""
        if monotonic() - self._looked_at >= REFRESHED_EVERY:
            self._looked_at = monotonic()
            self._show()

    def rendered(self) -> RenderableType:
        """Return the display, by the last look."""
        cluster, tickerplant = self._cluster, self._cluster.tickerplant
        in_service = sum(lifecycle == "InService" for lifecycle in cluster.members.values())
        seconds = self._seconds(datetime.now(UTC))
        return Group(
            Text(f"{seconds:3.0f} s  {self._phase()}", "bold", no_wrap=True, overflow="ellipsis"),
            f"       {tickerplant.published:,} updates: {tickerplant.held:,} in memory, "
            f"{tickerplant.day_end:,} persisted",
            f"       DesiredCapacity {cluster.desired}, {in_service} in service",
            self._hosts_table(),
            "",
            self._decisions_table(),
        )

    def _show(self) -> None:
        before, known, desired = dict(self._lines), set(self._decisions), self._desired
        self._lines |= dict(self._seen())
        for decision in reversed(self._cluster.decisions(MOST_DECISIONS)):
            self._decisions[decision.at] = decision
        self._desired = self._cluster.desired
        if self._console.is_terminal:
            self._live.refresh()
        else:
            self._tell(before, known, desired)

    def _phase(self) -> str:
        cluster = self._cluster
        if not cluster.tickerplant.day_end:
            if len(cluster.tickerplant.rolls) < self._hosts - 1:
                return f"filling: launch at {self._scale:g} % of memory, hand over at {self._roll:g} %"
            return "filled: all is in memory, and the day is about to end"
        if len(cluster.members) == 1:
            return "released: the live RDB is left, empty, for the next day"
        return "end of day: persisting and draining; who proves to be empty is released"

    def _tell(self, before: Mapping[str, Line], known: Collection[datetime], desired: int) -> None:
        """Say a line for each change since then."""
        if (phase := self._phase()) != self._told_phase:
            self._told_phase = phase
            self._say(f"{phase} ({self._cluster.tickerplant.published:,} updates)")
        if desired != self._desired:
            self._say(f"DesiredCapacity {desired} to {self._desired}")
        for instance_id, line in self._lines.items():
            if line[:3] != before.get(instance_id, ())[:3]:
                memory = "" if line.instance == GONE else f", memory {line.percent:.0f} % {line.window}"
                proof = f", {PROVEN}" if line.proven else ""
                self._say(f"{instance_id}  {line.state}, {line.instance}{proof}{memory}")
        for at, decision in self._decisions.items():
            if at not in known:
                self._say(f"decision  {decision.reason}  (woken by {', '.join(decision.triggers)})")

    def _say(self, text: str) -> None:
        seconds = self._seconds(datetime.now(UTC))
        self._console.print(f"{seconds:5.1f} s  {text}", markup=False, highlight=False, soft_wrap=True)

    def _seconds(self, at: datetime) -> float:
        return max(0.0, (at - self._began).total_seconds())

    def _seen(self) -> Iterator[tuple[str, Line]]:
        rdbs = self._cluster.ledger().rdbs
        for instance_id, host in self._cluster.hosts.items():
            window = "" if host.first_index is None else f"({host.first_index}, {host.last_index}]"
            lifecycle = self._cluster.members.get(instance_id, "Terminating")
            proven = instance_id in rdbs and rdbs[instance_id].proven_empty
            yield instance_id, Line(host.state, lifecycle, proven, host.percent, window)
        for ended in self._cluster.ended:
            line = self._lines.get(ended.instance_id)
            if line and ended.instance_id not in self._cluster.hosts:
                lifecycle = self._cluster.members.get(ended.instance_id, GONE)
                yield ended.instance_id, line._replace(state=ended.state, instance=lifecycle)

    def _hosts_table(self) -> Table:
        wide = self._console.width >= WIDE
        id_width = ID if wide else TAIL + 1
        others = id_width + LIFECYCLE + STATE + WINDOW + PERCENT + 4 * GAP
        bar = max(SHORTEST_BAR, min(self._console.width, WIDEST) - others)
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        widths = {"id": id_width, "group": LIFECYCLE, "q": STATE, "memory": PERCENT + bar, "window": WINDOW}
        for name, width in widths.items():
            table.add_column(name, width=width, no_wrap=True)
        for instance_id, line in self._lines.items():
            gone = line.instance == GONE
            table.add_row(
                instance_id if wide else f"…{_tail(instance_id)}",
                line.instance,
                Text(line.state, "" if gone else STYLES[line.state]),
                Text(" " * PERCENT + PROVEN) if gone and line.proven else self._memory(line, bar),
                line.window,
                style="dim" if gone else "",
            )
        for _ in range(self._hosts - len(self._lines)):
            table.add_row()
        return table

    def _memory(self, line: Line, bar: int) -> Text:
        percent = f"{line.percent:3.0f} % "
        if line.proven:
            return Text.assemble(percent, (PROVEN, "cyan"))
        filled = round(bar * min(line.percent, 100) / 100)
        style = "red" if line.percent >= self._roll else "yellow" if line.percent >= self._scale else "green"
        return Text.assemble(percent, ("█" * filled, style), ("░" * (bar - filled), "dim"))

    def _decisions_table(self) -> Table:
        room = self._console.height - OTHER_LINES - max(self._hosts, len(self._lines))
        shown = max(FEWEST_DECISIONS, min(MOST_DECISIONS, room))
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        table.add_column("at", width=AT, no_wrap=True)
        width = min(self._console.width, WIDEST) - AT - WOKEN_BY - 2 * GAP
        table.add_column("decision (with room: RDBs that can take more)", width=width, no_wrap=True)
        table.add_column("woken by", width=WOKEN_BY, no_wrap=True)
        for decision in list(self._decisions.values())[-shown:]:
            table.add_row(
                f"{self._seconds(decision.at):3.0f} s",
                in_words(decision),
                ", ".join(decision.triggers),
                style="" if decision.acts else "dim",
            )
        return table


def in_words(decision: Decision) -> str:
    """Put a decision in words, by its fields, or by its own reason where it does nothing."""
    words = []
    if decision.target is not None:
        words.append(
            f"{decision.with_room} with room: DesiredCapacity {decision.desired} to {decision.target}"
        )
    for step, words_of in STEPS.items():
        if tails := [_tail(release.instance_id) for release in decision.release if release.step == step]:
            words.append(f"{words_of}: {' '.join(tails)}")
    if not words:
        words.append(
            f"{decision.with_room} with room: enough" if decision.code == "room" else decision.reason
        )
    return "; ".join(words)


def _tail(instance_id: str) -> str:
    return instance_id[-TAIL:]
