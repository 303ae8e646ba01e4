"""The beginning of every drill: a cluster whose RDBs fill within the hour, and events that befall it."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from highwater.market.feed import Feed
from twin.day.options import fixed
from twin.drill import play as played
from twin.drill.script import parse_script, read_script, seconds_of

HERE = Path(__file__).parent
# From 09:00 an RDB fills in 58 minutes: it is at the scale threshold after 41. The drills' times are
# those of the fixed rule.
FEED = Feed(dict.fromkeys(range(9 * 60, 14 * 60), 1000.0))
OPTIONS = fixed(feed=FEED, feed_name="drill")

Events = str | list[dict[str, Any]]
Play = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def play() -> Play:
    """Plays the events of a file of this folder, or of a list, and returns the JSON of the day as data.

    `until` is a time of day; `options` replace those of the day.
    """

    def play(events: Events, until: str = "12:00", **options: Any) -> dict[str, Any]:
        lines = [] if isinstance(events, str) else [json.dumps(event) for event in events]
        script = read_script(HERE / events) if isinstance(events, str) else parse_script("events", lines)
        chosen = replace(OPTIONS, until=seconds_of(until), **options)
        result: dict[str, Any] = json.loads(json.dumps(played.play(chosen, script, io.StringIO()).result))
        return result

    return play


def about(told: list[dict[str, Any]], word: str) -> list[dict[str, Any]]:
    """The alerts whose key begins with a word, such as `unknown`."""
    return [alert for alert in told if alert["key"].split()[0] == word]


def clock(at: str) -> str:
    """The time of day of a time in the JSON, HH:MM:SS."""
    return at[11:19]


def minutes(earlier: str, later: str) -> float:
    """The minutes from one time in the JSON to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) / timedelta(minutes=1)


def kept(result: Mapping[str, Any]) -> bool:
    """No promise was broken."""
    return not any(result[name] for name in ("updates_unheld", "unsafe_terminations", "double_launches"))
