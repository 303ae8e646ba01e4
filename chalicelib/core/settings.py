"""The settings of a cluster, in the tags of its group."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from chalicelib.contract.names import (
    DRAINED_GOOD_TAG,
    LEAD_TAG,
    MEMORY_FRESH_TAG,
    RETIRING_TAG,
    ROLL_TAG,
    SCALE_TAG,
)
from chalicelib.core.errors import BadSettings

SHORTEST = timedelta(minutes=1)


class ClusterSettings(msgspec.Struct, frozen=True):
    """Thresholds in percent of the host's memory, times as timedelta."""

    scale_threshold: float = 60.0
    roll_threshold: float = 85.0
    lead: timedelta = timedelta(seconds=60)
    memory_fresh: timedelta = timedelta(minutes=15)
    drained_good: timedelta = timedelta(minutes=10)
    retiring: bool = False

    @property
    def standbys(self) -> int:
        """RDBs with room that there should always be: none in a cluster that is being removed."""
        return 0 if self.retiring else 1

    @property
    def boot_deadline(self) -> timedelta:
        """The time after it was first seen in which an RDB may boot and still counts as room."""
        return max(timedelta(minutes=10), self.lead + timedelta(minutes=5))

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> "ClusterSettings":
        """Return the settings of a group with these tags. Raises BadSettings.

        A tag that is absent keeps its default.
        """
        default = cls()
        settings = cls(
            scale_threshold=_number(tags, SCALE_TAG, default.scale_threshold),
            roll_threshold=_number(tags, ROLL_TAG, default.roll_threshold),
            lead=_seconds(tags, LEAD_TAG, default.lead),
            memory_fresh=_seconds(tags, MEMORY_FRESH_TAG, default.memory_fresh),
            drained_good=_seconds(tags, DRAINED_GOOD_TAG, default.drained_good),
            retiring=_yes(tags, RETIRING_TAG),
        )
        if not 0 < settings.scale_threshold < settings.roll_threshold < 100:
            raise BadSettings(
                f"tags {SCALE_TAG} ({settings.scale_threshold:g}) and {ROLL_TAG} "
                f"({settings.roll_threshold:g}): must be 0 < scale < roll < 100 percent"
            )
        if min(settings.memory_fresh, settings.drained_good) < SHORTEST:
            raise BadSettings(f"tags {MEMORY_FRESH_TAG} and {DRAINED_GOOD_TAG}: at least 60")
        return settings


def _number(tags: Mapping[str, str], tag: str, default: float) -> float:
    text = tags.get(tag)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise BadSettings(f"tag {tag}: {text!r} is not a decimal number from 0 to 999999")
    return float(text)


def _yes(tags: Mapping[str, str], tag: str) -> bool:
    text = tags.get(tag, "no")
    if text not in ("yes", "no"):
        raise BadSettings(f"tag {tag}: {text!r} is neither yes nor no")
    return text == "yes"


def _seconds(tags: Mapping[str, str], tag: str, default: timedelta) -> timedelta:
    return timedelta(seconds=_number(tags, tag, default.total_seconds()))
