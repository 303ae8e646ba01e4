"""When the live RDB rolls, in words: at its threshold, or without a standby at the hard one."""

from collections.abc import Mapping
from typing import Any

from highwater.operate.words.plain import minutes

Json = Mapping[str, Any]


def runway(view: Json) -> str:
    """Return how long it takes until the live RDB rolls."""
    left = view["runway_minutes"]
    return "its memory does not rise" if left is None else f"in {minutes(left)} as it fills now"


def rolls(live: Json, view: Json) -> str:
    """Return when the live RDB rolls, for the sentence that says that it is live."""
    if is_full(live, view):
        hard = view["settings"]["hard_threshold"]
        return f"as soon as another stands by, at {latest(view)}" if hard else "now"
    return runway(view) if view["runway_minutes"] is not None else "not soon: its memory does not rise"


def latest(view: Json) -> str:
    """Return where the live RDB hands over though nobody stands by, and when if that is known; or empty."""
    hard, left = view["settings"]["hard_threshold"], _hard_minutes(view)
    if not hard:
        return ""
    return f"{hard:g} % at the latest" + ("" if left is None else f", in {minutes(left)} as it fills now")


def reached(live: Json, view: Json, *, alone: bool) -> str:
    """Return when its roll threshold is reached; for one that is alone also how long it goes on."""
    lasts = latest(view) if alone and _hard_minutes(view) is not None else ""
    goes_on = f"; without a standby it goes on to {lasts}" if lasts else ""
    if is_full(live, view):
        return f"which is reached{goes_on}"
    if view["runway_minutes"] is None:
        return "and its memory does not rise"
    return f"reached {runway(view)}{goes_on}"


def is_full(live: Json, view: Json) -> bool:
    """Return whether the live RDB is at its roll threshold, and waits for another."""
    percent = live["memory_percent"]
    return percent is not None and percent >= view["settings"]["roll_threshold"]


def _hard_minutes(view: Json) -> float | None:
    """Return the minutes until the hard threshold; an API of before does not say them."""
    left: float | None = view.get("hard_minutes")
    return left
