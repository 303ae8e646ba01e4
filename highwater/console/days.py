"""A day of a cluster from its decisions, today's or one before: as rows, and as what the charts draw."""

import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from highwater.console.looks import decided
from highwater.drawing.standing import laned, stood
from highwater.operate.api import Api
from highwater.operate.looking import cluster_of, decisions_of
from highwater.operate.words.plain import instant, plain

MOST = 10_000
MINUTES = 24 * 60
LANES = (("launch", "▲"), ("roll", "◆"), ("drain", "■"), ("release", "▼"))
NAMED = {"event": "asked by", "lanes": ["asked", "refused", "alerts"]}
PERCENT = re.compile(r" at (\d+(?:\.\d+)?) %")
SHORT_ID = 7
Json = dict[str, Any]


class Days:
    """The days that were asked for; of one that goes on only what is new is asked for again."""

    def __init__(self, api: Api) -> None:
        self._api = api
        # By the decision's id, which begins with its time.
        self._known: dict[tuple[str, date], dict[str, Json]] = {}
        self._lock = threading.Lock()

    def day(self, cluster: str, day: date) -> Json:
        """Return the decisions of a day in UTC, the newest first, and what the charts draw of it."""
        view = cluster_of(self._api, cluster)
        midnight, now = datetime.combine(day, time(), UTC), instant(view["at"])
        decisions = self._decisions(cluster, day)
        before = list(decisions_of(self._api, cluster, 1, until=_text(midnight)))
        last = min(MINUTES, max(0, int((now - midnight) / timedelta(minutes=1))))
        standing = view["alerts"] if day == now.date() else ()
        return {
            "date": f"{day}",
            "words": f"{day:%a} {day.day} {day:%b %Y}",
            "today": f"{now.date()}",
            "cut": len(decisions) >= MOST,
            "decisions": [decided(decision) for decision in reversed(decisions)],
            "chart": {
                **chart(decisions, before, midnight, last, standing),
                "thresholds": _thresholds(view["settings"]),
            },
        }

    def _decisions(self, cluster: str, day: date) -> list[Json]:
        """Return the decisions of a day, the oldest first."""
        with self._lock:
            known = self._known.setdefault((cluster, day), {})
            start = known[max(known)]["at"] if known else _text(_midnight(day))
            end = _text(_midnight(day) + timedelta(days=1))
            for decision in decisions_of(self._api, cluster, MOST, since=start, until=end):
                known[decision["id"]] = decision
            return [known[name] for name in sorted(known)]


def chart(
    decisions: Iterable[Json],
    before: Iterable[Json],
    midnight: datetime,
    last: int,
    standing: Iterable[Json] = (),
) -> Json:
    """Return what `drawDay` in charts.js draws, from 00:00 to the minute `last`.

    Its thresholds are not in it. `before` has the newest decision of the days before, `standing` the alerts
    that stand now. `known` of an RDB are pairs of minute and percent: decisions tell no more. RDBs go by the
    beginning of their ids.
    """
    decisions = list(decisions)

    def minute(at: str) -> float:
        return min(float(last), max(0.0, (instant(at) - midnight) / timedelta(minutes=1)))

    counts: list[tuple[int | None, ...]] = [(None, None, None)] * (last + 1)
    for decision in [*before, *decisions]:
        found = tuple(decision.get(name, 0) for name in ("desired", "counted", "with_room"))
        at = int(minute(decision["at"]))
        counts[at:] = [found] * (last + 1 - at)
    desired, alive, with_room = (list(column) for column in zip(*counts, strict=True))
    return {
        "minutes": list(range(last + 1)),
        "lanes": LANES,
        "desired": desired,
        "alive": alive,
        "with_room": with_room,
        "rdbs": _rdbs(decisions, before, minute),
        "timeline": {**_timeline(decisions, minute, last, standing), "named": NAMED},
    }


def _thresholds(settings: Mapping[str, Any]) -> dict[str, float]:
    found = {name: settings[f"{name}_threshold"] for name in ("roll", "hard")}
    return {name: value for name, value in found.items() if value is not None}


def _rdbs(decisions: Iterable[Json], before: Iterable[Json], minute: Any) -> list[Json]:
    """Return the RDBs in the order in which decisions name them first."""
    found: dict[str, Json] = {}
    there = {one for decision in before for one in decision.get("rooms", ())}
    for decision in decisions:
        at, rooms = minute(decision["at"]), decision.get("rooms", {})
        live = {one for one, room in rooms.items() if room["why"].startswith("live")}
        for one, room in rooms.items():
            rdb = found.setdefault(one, {"id": one, "name": one[:SHORT_ID], "minutes": {}, "known": []})
            if one not in there:
                rdb["minutes"].setdefault("launch", at)
            if percent := PERCENT.search(room["why"]):
                rdb["known"].append([int(at), float(percent[1])])
        for one, rdb in found.items():
            if one in live:
                rdb["minutes"].setdefault("live", at)
            elif "live" in rdb["minutes"] and (live or (rooms and one not in rooms)):
                rdb["minutes"].setdefault("roll", at)
            if one in decision.get("tag", ()):
                rdb["minutes"].setdefault("drain", at)
        for release in decision.get("release", ()):
            one = release["instance_id"]
            rdb = found.setdefault(one, {"id": one, "name": one[:SHORT_ID], "minutes": {}, "known": []})
            rdb["minutes"].setdefault("release", at)
    return list(found.values())


def _timeline(decisions: Iterable[Json], minute: Any, last: int, standing: Iterable[Json]) -> Json:
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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _text(at: datetime) -> str:
    return f"{at:%FT%TZ}"
