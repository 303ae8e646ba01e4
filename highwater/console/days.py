"""A day of a cluster from its decisions, today's or one before: as rows, and as what the charts draw."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from highwater.console.looks import decided
from highwater.operate.api import Api
from highwater.operate.looking import cluster_of, decisions_of
from highwater.operate.words.drawn import day_chart
from highwater.operate.words.plain import instant
from highwater.terminal import Refused

MOST = 10_000
Json = dict[str, Any]


class Days:
    """The days that were asked for; of one that goes on only what is new is asked for again."""

    def __init__(self, api: Api) -> None:
        self._api = api
        # By the decision's id, which begins with its time.
        self._known: dict[tuple[str, date], dict[str, Json]] = {}
        self._lock = threading.Lock()

    def day(self, cluster: str, day: date) -> Json:
        """Return the decisions of a day in UTC, the newest first, and what the charts draw of it.

        Raises Refused for a day that has not begun.
        """
        view = cluster_of(self._api, cluster)
        midnight, now = _midnight(day), instant(view["at"])
        if midnight > now:
            raise Refused(f"{day}: has not begun; it is {now:%FT%TZ}.")
        decisions = self._decisions(cluster, day)
        before = list(decisions_of(self._api, cluster, 1, until=_text(midnight)))
        return {
            "date": f"{day}",
            "words": f"{day:%a} {day.day} {day:%b %Y}",
            "today": f"{now.date()}",
            "cut": len(decisions) >= MOST,
            "decisions": [decided(decision) for decision in reversed(decisions)],
            "chart": day_chart(view, decisions, before, midnight),
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


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _text(at: datetime) -> str:
    return f"{at:%FT%TZ}"
