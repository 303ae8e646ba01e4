"""What a cluster of real processes does, live on a terminal; where there is none, a line for each change."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from time import monotonic

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chalicelib.decisions import Decision
from twin.processes.cluster import Processes

REFRESHED_EVERY = 0.25
DECISIONS = 6
BAR = 24
STYLES = {"live": "bold green", "rolled": "yellow", "drained": "cyan", "standby": "blue", "booting": "dim"}
GONE = "released"

# State of q, of the instance, memory in percent, window.
Line = tuple[str, str, float, str]


class Screen:
    """Call `look` often: it shows what is new. `scale` and `roll` are thresholds in percent."""

    def __init__(self, console: Console, cluster: Processes, scale: float, roll: float) -> None:
        self._console, self._cluster = console, cluster
        self._scale, self._roll = scale, roll
        self._began = self._looked_at = monotonic()
        self._day_end = 0
        self._lines: dict[str, Line] = {}
        self._decisions: dict[datetime, Decision] = {}
        self._desired = 0
        # The functions' own output goes elsewhere while they run: the display must not touch it.
        self._live = Live(
            console=console,
            auto_refresh=False,
            get_renderable=self._rendered,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def shown(self) -> AbstractContextManager[object]:
        """The display, to be entered around the day."""
        self._began = monotonic()
        return self._live if self._console.is_terminal else nullcontext()

    def look(self) -> None:
        """Shows what is so now, some times a second at most."""
        if monotonic() - self._looked_at < REFRESHED_EVERY:
            return
        self._looked_at = monotonic()
        before, known, desired = dict(self._lines), set(self._decisions), self._desired
        self._lines |= dict(self._seen())
        for decision in reversed(self._cluster.decisions(DECISIONS)):
            self._decisions[decision.at] = decision
        self._desired = self._cluster.desired
        if self._console.is_terminal:
            self._live.refresh()
        else:
            self._tell(before, known, desired)

    def _tell(self, before: Mapping[str, Line], known: Collection[datetime], desired: int) -> None:
        """A line for each change since then."""
        if self._day_end != self._cluster.tickerplant.day_end:
            self._day_end = self._cluster.tickerplant.day_end
            self._say(f"the day ends after {self._day_end:,} updates")
        if desired != self._desired:
            self._say(f"DesiredCapacity {desired} to {self._desired}")
        for instance_id, (state, instance, percent, window) in self._lines.items():
            if (state, instance) != before.get(instance_id, ())[:2]:
                memory = "" if instance == GONE else f", memory {percent:.0f} % {window}".rstrip()
                self._say(f"{instance_id}  {state}, {instance}{memory}")
        for at, decision in self._decisions.items():
            if at not in known:
                self._say(f"decision  {_sentence(decision)}")

    def _say(self, text: str) -> None:
        seconds = monotonic() - self._began
        self._console.print(f"{seconds:5.1f} s  {text}", markup=False, highlight=False, soft_wrap=True)

    def _seen(self) -> Iterator[tuple[str, Line]]:
        for instance_id, host in self._cluster.hosts.items():
            first, last = host.said.get("first_index"), host.said.get("last_index")
            window = "" if first is None else f"({first}, {last}]"
            lifecycle = self._cluster.members.get(instance_id, "Terminating")
            yield instance_id, (host.said["state"], lifecycle, host.percent, window)
        for ended in self._cluster.ended:
            if ended.instance_id not in self._cluster.hosts:
                yield ended.instance_id, (ended.state, GONE, 0.0, "")

    def _rendered(self) -> RenderableType:
        cluster = self._cluster
        in_service = sum(lifecycle == "InService" for lifecycle in cluster.members.values())
        title = (
            f"{monotonic() - self._began:.0f} s   DesiredCapacity {cluster.desired}, {in_service} in service"
            f"   {cluster.tickerplant.updates:,} updates, {cluster.tickerplant.held():,} held"
        )
        hosts = Table(title=title, title_style="bold", title_justify="left", expand=True)
        for name in ("instance", "group", "q", "memory", "window"):
            hosts.add_column(name, no_wrap=True)
        for instance_id, (state, instance, percent, window) in self._lines.items():
            if instance == GONE:
                hosts.add_row(instance_id, instance, state, style="dim")
            else:
                hosts.add_row(instance_id, instance, Text(state, STYLES[state]), self._bar(percent), window)
        reasons = Table(title="decisions, newest last", title_justify="left", expand=True, show_header=False)
        reasons.add_column(no_wrap=True)
        reasons.add_column(overflow="fold")
        for decision in list(self._decisions.values())[-DECISIONS:]:
            reasons.add_row(f"{decision.at:%T}", _sentence(decision))
        return Group(hosts, reasons)

    def _bar(self, percent: float) -> Text:
        filled = round(BAR * min(percent, 100) / 100)
        style = "red" if percent >= self._roll else "yellow" if percent >= self._scale else "green"
        return Text.assemble(("█" * filled, style), ("░" * (BAR - filled), "dim"), f" {percent:3.0f} %")


def _sentence(decision: Decision) -> str:
    return f"{decision.reason}  (woken by {', '.join(decision.triggers)})"
