"""The settings of a cluster, in the tags of its group."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from chalicelib.contract.names import (
    DRAINED_GOOD_TAG,
    HAND_BACK_TAG,
    HARD_TAG,
    LEAD_TAG,
    MEMORY_FRESH_TAG,
    RETIRING_TAG,
    ROLL_TAG,
    RULE_TAG,
    SCALE_TAG,
)

# A time beyond an hour is mistyped: a host that is dead would count as room for as long.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)


class _BadTag(ValueError):
    """A tag has a value that cannot be used."""


Rule = Literal["demand", "fixed"]
Value = float | timedelta | str | None


class ClusterSettings(msgspec.Struct, frozen=True):
    """Thresholds in percent of the host's memory, times as timedelta.

    Where a firm sets no scale threshold, it is the roll threshold, and demand alone says when a host is
    launched. The `rule` "fixed" has one always, and no other demand. While nobody stands by an RDB goes on to
    `hard_threshold`, if there is one. A standby that is not needed for `hand_back` is asked to drain.
    """

    scale_threshold: float = 60.0
    roll_threshold: float = 85.0
    lead: timedelta = timedelta(seconds=60)
    memory_fresh: timedelta = timedelta(minutes=15)
    drained_good: timedelta = timedelta(minutes=10)
    retiring: bool = False
    rule: Rule = "demand"
    hard_threshold: float | None = 92.0
    hand_back: timedelta = timedelta(minutes=10)

    @property
    def standbys(self) -> int:
        """RDBs with room that there should always be: none in a cluster that is being removed."""
        return 0 if self.retiring else 1

    @property
    def boot_deadline(self) -> timedelta:
        """The time after it was first seen in which an RDB may boot and still counts as room."""
        return max(timedelta(minutes=10), self.lead + timedelta(minutes=5))


def settings_of(
    tags: Mapping[str, str], known: ClusterSettings | None = None
) -> tuple[ClusterSettings, tuple[str, ...]]:
    """Return the settings of a group with these tags, and a sentence for each tag that cannot be used.

    A tag that is absent keeps its default, one that cannot be used its value of `known`, which were read
    last. Thresholds that contradict each other both do.
    """
    default, bad = ClusterSettings(), []
    settings = known or default
    for tag, field, parse in _TAGS:
        try:
            value = parse(tag, tags[tag]) if tag in tags else getattr(default, field)
        except _BadTag as error:
            bad.append(f"{error}: {_text(getattr(settings, field))} is used")
        else:
            settings = msgspec.structs.replace(settings, **{field: value})
    if SCALE_TAG not in tags and settings.rule == "demand":
        settings = msgspec.structs.replace(settings, scale_threshold=settings.roll_threshold)
    scale, roll, hard = settings.scale_threshold, settings.roll_threshold, settings.hard_threshold
    if not (0 < scale < roll < 100 or (0 < scale == roll < 100 and SCALE_TAG not in tags)):
        kept = known or default
        bad.append(
            f"tags {SCALE_TAG} ({scale:g}) and {ROLL_TAG} ({roll:g}) must be 0 < scale < roll < 100 percent: "
            f"{kept.scale_threshold:g} and {kept.roll_threshold:g} are used"
        )
        settings = msgspec.structs.replace(
            settings, scale_threshold=kept.scale_threshold, roll_threshold=kept.roll_threshold
        )
    if hard is not None and not settings.roll_threshold < hard < 100:
        if HARD_TAG in tags:
            bad.append(
                f"tag {HARD_TAG}: {hard:g} is not between {ROLL_TAG} ({settings.roll_threshold:g}) and 100: "
                "RDBs roll at that"
            )
        settings = msgspec.structs.replace(settings, hard_threshold=None)
    return settings, tuple(bad)


def _number(tag: str, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise _BadTag(f"tag {tag}: {text!r} is not a decimal number from 0 to 999999")
    return float(text)


def _yes(tag: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise _BadTag(f"tag {tag}: {text!r} is neither yes nor no")
    return text == "yes"


def _rule(tag: str, text: str) -> Rule:
    match text:
        case "demand" | "fixed":
            return text
        case _:
            raise _BadTag(f"tag {tag}: {text!r} is neither demand nor fixed")


def _number_or_none(tag: str, text: str) -> float | None:
    return None if text == "none" else _number(tag, text)


def _seconds(tag: str, text: str, shortest: timedelta = timedelta()) -> timedelta:
    seconds, least, most = _number(tag, text), shortest.total_seconds(), LONGEST.total_seconds()
    if not least <= seconds <= most:
        raise _BadTag(f"tag {tag}: {text} is not between {least:g} and {most:g} seconds")
    return timedelta(seconds=seconds)


def _minute(tag: str, text: str) -> timedelta:
    return _seconds(tag, text, SHORTEST)


def _text(value: Value) -> str:
    """Return a setting as its tag would have it."""
    match value:
        case None:
            return "none"
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return f"{value.total_seconds():g}"
        case float():
            return f"{value:g}"


_TAGS: tuple[tuple[str, str, Callable[[str, str], Value]], ...] = (
    (SCALE_TAG, "scale_threshold", _number),
    (ROLL_TAG, "roll_threshold", _number),
    (LEAD_TAG, "lead", _seconds),
    (MEMORY_FRESH_TAG, "memory_fresh", _minute),
    (DRAINED_GOOD_TAG, "drained_good", _minute),
    (RETIRING_TAG, "retiring", _yes),
    (RULE_TAG, "rule", _rule),
    (HARD_TAG, "hard_threshold", _number_or_none),
    (HAND_BACK_TAG, "hand_back", _minute),
)
