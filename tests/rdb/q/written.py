"""Scenes for stories of a cluster beside a write-down."""

from typing import Any

from .cluster import EXAMPLE, Cluster, Rdb
from .database import Writer
from .scenes import scene
from .show import shown

FIRST, SECOND, THIRD = (f"2026.11.{day}" for day in (23, 24, 25))
# An RDB that goes by what the write-down stores.
READS = EXAMPLE.partition(".app.file")[0] + 'system "t 1000";\n'
DRAINS = READS + ".highwater.drainsWritten: 1b;\n"


def beside(example: str = READS, rdbs: int = 1, **how: Any) -> tuple[Cluster, list[Rdb], Writer]:
    """Build a cluster with a write-down."""
    cluster, launched = scene(example, rdbs)
    return cluster, launched, Writer(cluster, **how)


def end_day(cluster: Cluster) -> None:
    """Let the day end, and leave the write-down some time."""
    cluster.next_day()
    cluster.run(30)


def numbers(updates: range) -> list[int]:
    """Return the numbers of the rows of these updates, one each."""
    return [10 * one for one in updates]


def trouble(writer: Writer) -> str:
    """Return what is in the way, as a person is shown it."""
    (text,) = shown(writer.process.evaluate(".writedown.status[]`trouble"))
    return text


def said(writer: Writer) -> str:
    return " ".join(writer.process.said)
