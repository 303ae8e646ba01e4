"""The alerts of a day as bars: each from when it was told until it was over, in a lane of its own."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

# A name takes up to so much of the width.
NAME_SHARE = 0.25
Json = Mapping[str, Any]


def stood(
    told: Iterable[Json], cleared: Iterable[Json], minute: Callable[[str], float], last: float
) -> list[dict[str, Any]]:
    """Pair each alert with its end; one that has none stands until the `last` minute.

    `minute` gives the minute of the day of a time.
    """
    ends = [(end["cluster"], end["key"], (minute(end["at"]), end["text"])) for end in cleared]
    found = []
    for one in told:
        begin = minute(one["at"])
        end = next(
            (
                n
                for n, (*who, (at, _)) in enumerate(ends)
                if who == [one["cluster"], one["key"]] and at >= begin
            ),
            None,
        )
        until, text = ends.pop(end)[2] if end is not None else (last, "")
        stands = {"from": begin, "to": until, "stands": end is None, "over": text}
        found.append({**{name: one[name] for name in ("cluster", "key", "text")}, **stands})
    return found


def laned(alerts: list[dict[str, Any]], first: float, last: float) -> list[dict[str, Any]]:
    """Give each alert the lane in which no other one, and no other's name, is in its place."""
    name = NAME_SHARE * (last - first)
    lanes: list[float] = []
    for alert in alerts:
        lane = next(
            (n for n, until in enumerate(lanes) if until < min(alert["from"], last - name)), len(lanes)
        )
        lanes[lane : lane + 1] = [max(alert["to"], alert["from"] + name)]
        alert["lane"] = lane
    return alerts
