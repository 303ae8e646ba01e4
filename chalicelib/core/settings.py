"""The settings of a cluster, in the tags of its group."""

import re
from collections.abc import Mapping
from datetime import timedelta

import msgspec

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
            scale_threshold=_number(tags, "scale-threshold", default.scale_threshold),
            roll_threshold=_number(tags, "roll-threshold", default.roll_threshold),
            lead=_seconds(tags, "lead-seconds", default.lead),
            memory_fresh=_seconds(tags, "memory-fresh-seconds", default.memory_fresh),
            drained_good=_seconds(tags, "drained-good-seconds", default.drained_good),
            retiring=_yes(tags, "retiring"),
        )
        if not 0 < settings.scale_threshold < settings.roll_threshold < 100:
            raise BadSettings(
                f"tags highwater:scale-threshold ({settings.scale_threshold:g}) and highwater:roll-threshold "
                f"({settings.roll_threshold:g}): must be 0 < scale < roll < 100 percent"
            )
        if min(settings.memory_fresh, settings.drained_good) < SHORTEST:
            raise BadSettings(
                "tags highwater:memory-fresh-seconds and highwater:drained-good-seconds: at least 60"
            )
        return settings


def _number(tags: Mapping[str, str], name: str, default: float) -> float:
    text = tags.get(f"highwater:{name}")
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise BadSettings(f"tag highwater:{name}: {text!r} is not a decimal number from 0 to 999999")
    return float(text)


def _yes(tags: Mapping[str, str], name: str) -> bool:
    text = tags.get(f"highwater:{name}", "no")
    if text not in ("yes", "no"):
        raise BadSettings(f"tag highwater:{name}: {text!r} is neither yes nor no")
    return text == "yes"


def _seconds(tags: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    return timedelta(seconds=_number(tags, name, default.total_seconds()))
