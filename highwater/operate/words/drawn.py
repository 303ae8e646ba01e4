"""A day's decisions as what the charts draw: counts, lives of RDBs, what was asked and told. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from highwater.drawing.standing import laned, stood
from highwater.operate.words.plain import instant, plain
from highwater.operate.words.rdbs import is_live

LANES = (("launch", "▲"), ("roll", "◆"), ("drain", "■"), ("release", "▼"))
NAMED = {"event": "asked by", "lanes": ["asked", "refused", "alerts"]}
COUNTS = ("desired", "counted", "with_room")
PERCENT = re.compile(r" at (\d+(?:\.\d+)?) %")
SHORT_ID = 7
MINUTES = 24 * 60
Json = dict[str, Any]
Minute = Callable[[str], float]


def day_chart(
    view: Mapping[str, Any], decisions: Sequence[Json], before: Sequence[Json], midnight: datetime
) -> Json:
    """Return what `drawDay` draws of the day from `midnight` of a cluster that the API shows as `view`."""
    now = instant(view["at"])
    last = min(MINUTES, max(0, int((now - midnight) / timedelta(minutes=1))))
    standing = view["alerts"] if midnight.date() == now.date() else ()
    thresholds = {name: view["settings"][f"{name}_threshold"] for name in ("roll", "hard")}
    return {
        **chart(decisions, before, midnight, last, standing),
        "thresholds": {name: value for name, value in thresholds.items() if value is not None},
    }


def chart(
    decisions: Sequence[Json],
    before: Sequence[Json],
    midnight: datetime,
    last: int,
    standing: Iterable[Json] = (),
) -> Json:
    """Return what `drawDay` in charts.js draws, from 00:00 to the minute `last`, but for the thresholds.

    Decisions are in their order. `before` has the newest one of the days before, `standing` the alerts that
    stand now. `known` of an RDB are pairs of minute and percent: decisions tell no more. RDBs go by the
    beginning of their ids.
    """

    def minute(at: str) -> float:
        return min(float(last), max(0.0, (instant(at) - midnight) / timedelta(minutes=1)))

    counts: list[tuple[int | None, ...]] = [(None, None, None)] * (last + 1)
    for decision in [*before, *decisions]:
        begin = int(minute(decision["at"]))
        # What is zero is left out.
        counts[begin:] = [tuple(decision.get(name, 0) for name in COUNTS)] * (last + 1 - begin)
    desired, alive, with_room = (list(column) for column in zip(*counts, strict=True))
    lives = _Lives(one for decision in before for one in decision.get("rooms", ()))
    for decision in decisions:
        lives.take(decision, minute(decision["at"]))
    return {
        "minutes": list(range(last + 1)),
        "lanes": LANES,
        "desired": desired,
        "alive": alive,
        "with_room": with_room,
        "rdbs": list(lives.rdbs.values()),
        "timeline": {**_timeline(decisions, minute, last, standing), "named": NAMED},
    }


class _Lives:
    """The RDBs in the order in which decisions name them first; `before` were there when the day began."""

    def __init__(self, before: Iterable[str]) -> None:
        self.rdbs: dict[str, Json] = {}
        self._before = frozenset(before)
        self._live: set[str] = set()

    def take(self, decision: Json, at: float) -> None:
        """Add what a decision tells."""
        rooms = decision.get("rooms", {})
        for one, room in rooms.items():
            if one not in self.rdbs and one not in self._before:
                self._mark(one, "launch", at)
            if percent := PERCENT.search(room["why"]):
                self._rdb(one)["known"].append([int(at), float(percent[1])])
        self._take_live({one for one, room in rooms.items() if is_live(room["why"])}, rooms, at)
        for one in decision.get("tag", ()):
            self._mark(one, "drain", at)
        for release in decision.get("release", ()):
            self._mark(release["instance_id"], "release", at)

    def _take_live(self, live: set[str], rooms: Json, at: float) -> None:
        """Who was live and does not say so any more rolled, if another is live, or if it counts no more."""
        gone = self._live - live if live else self._live - rooms.keys() if rooms else set()
        for one in sorted(gone):
            self._mark(one, "roll", at)
        for one in sorted(live):
            self._mark(one, "live", at)
        self._live = (self._live - gone) | live

    def _rdb(self, one: str) -> Json:
        return self.rdbs.setdefault(one, {"id": one, "name": one[:SHORT_ID], "minutes": {}, "known": []})

    def _mark(self, one: str, kind: str, at: float) -> None:
        self._rdb(one)["minutes"].setdefault(kind, at)


def _timeline(decisions: Iterable[Json], minute: Minute, last: int, standing: Iterable[Json]) -> Json:
    """Return what was asked and refused as signs, and the alerts as bars."""
    asked, refused, told, cleared = [], [], [], []
    for decision in decisions:
        now, at = instant(decision["at"]), minute(decision["at"])
        for text in decision.get("asked", ()):
            who, _, what = plain(text, now).partition(" asked at ")
            asked.append({"minute": at, "sign": who, "text": what})
        for refusal in decision.get("refused", ()):
            reasons = "; ".join(plain(reason, now) for reason in refusal["reasons"])
            refused.append({"minute": at, "sign": refusal["what"], "text": reasons})
        told += [_alert(alert, decision["at"]) for alert in decision.get("told", ())]
        cleared += [_alert(alert, decision["at"]) for alert in decision.get("cleared", ())]
    # Those that were told on a day before.
    keys = {alert["key"] for alert in told}
    told += [_alert(alert, alert["since"]) for alert in standing if alert["key"] not in keys]
    bars = stood(sorted(told, key=lambda one: instant(one["at"])), cleared, minute, last)
    return {"events": asked, "answers": refused, "alerts": laned(bars, 0, last)}


def _alert(alert: Json, at: str) -> Json:
    return {"cluster": "", "key": alert["key"], "text": alert.get("text", ""), "at": at}
