"""The live screen of `watch`: one cluster in as many lines as the terminal has, or in a single line."""

from collections.abc import Mapping, Sequence
from typing import Any

from highwater.operate.words.cases import urgent_first
from highwater.operate.words.decided import sentence_of
from highwater.operate.words.launches import launches
from highwater.operate.words.lines import cut, paragraph
from highwater.operate.words.plain import clock, instant
from highwater.operate.words.rdbs import ahead_of, memory_of, state_of, urgency, with_room
from highwater.operate.words.why import headline_of, hold_words

BAR, FULL, FREE, ROLL = 24, "#", ".", "|"
MOST_DECISIONS, MOST_ALERTS = 3, 4
Json = Mapping[str, Any]


def screen(view: Json, decisions: Sequence[Json], columns: int, rows: int) -> list[str]:
    """Return the screen: no longer than `rows`, no line longer than `columns`.

    What there is no room for is the RDBs that ask for least attention: they are counted.
    """
    now = instant(view["at"])
    head = [
        f"{view['cluster']}  {clock(now, now, seconds=True)} UTC",
        *paragraph("", headline_of(view), columns)[:2],
        "",
    ]
    tail = ["", *_facts(view, columns), *_alerts(view), *_decided(decisions, view)]
    rdbs = sorted(view["rdbs"], key=urgency)
    room = max(1, rows - len(head) - len(tail))
    shown = rdbs if len(rdbs) <= room else rdbs[: room - 1]
    lines = [_bar_line(rdb, view["settings"]["roll_threshold"]) for rdb in shown]
    if len(shown) < len(rdbs):
        lines.append(f"and {len(rdbs) - len(shown)} more")
    return [cut(line, columns) for line in [*head, *lines, *tail]][:rows]


def one_line(view: Json) -> str:
    """Return the same in one line, for where there is no terminal."""
    now = instant(view["at"])
    alerts = ", ".join(alert["key"] for alert in urgent_first(view["alerts"])) or "none"
    hold = "; on hold" if view["hold"] else ""
    return (
        f"{clock(now, now, seconds=True)} {view['cluster']}: {headline_of(view)}; {view['with_room']} with "
        f"room of {view['counted']}; DesiredCapacity {view['desired']}; alerts: {alerts}{hold}"
    )


def bar(percent: float | None, roll: float) -> str:
    """Return memory as a bar, with a mark at the roll threshold."""
    filled = round(BAR * min(100.0, percent or 0) / 100)
    mark = min(BAR - 1, round(BAR * roll / 100))
    drawn = FULL * filled + FREE * (BAR - filled)
    return f"{drawn[:mark]}{ROLL}{drawn[mark + 1 :]}"


def _bar_line(rdb: Json, roll: float) -> str:
    drawn = bar(rdb["memory_percent"], roll)
    return f"{rdb['instance_id']:<19}  {state_of(rdb):<8.8}  {drawn}  {memory_of(rdb)}"


def _facts(view: Json, columns: int) -> list[str]:
    now = instant(view["at"])
    first = launches(view, ())[0]
    return [
        cut(f"next      {ahead_of(view['rdbs'], now).words()}", columns),
        f"room      {with_room(view)}; DesiredCapacity {view['desired']} of {view['group']['max_size']}",
        *paragraph("launches  ", first, columns)[:2],
        *([f"hold      {hold_words(view['hold'], now)}"] if view["hold"] else []),
    ]


def _alerts(view: Json) -> list[str]:
    now = instant(view["at"])
    alerts = urgent_first(view["alerts"])
    lines = [f"alert     {alert['key']} since {clock(alert['since'], now)}" for alert in alerts[:MOST_ALERTS]]
    more = len(alerts) - MOST_ALERTS
    return [*lines, f"          and {more} more: highwater why {view['cluster']}"] if more > 0 else lines


def _decided(decisions: Sequence[Json], view: Json) -> list[str]:
    now = instant(view["at"])
    return [
        f"{clock(decision['at'], now, seconds=True):<8}  {sentence_of(decision, now)}"
        for decision in decisions[:MOST_DECISIONS]
    ]
