"""A gateway's rule, after rdb/q/gateway.q: answers of RDBs are one count only if they are of all updates."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from chalicelib.contract.report import State


class Window(NamedTuple):
    """Who has the updates (first, last]: nobody yet if the id is empty. The open window has no `last`."""

    instance_id: str
    first: int
    last: int | None


class Told(NamedTuple):
    """The table that the tickerplant tells, the oldest window first; what is `persisted` may be gone."""

    windows: Sequence[Window]
    updates: int
    persisted: int


class Held(NamedTuple):
    """One RDB's answer: the rows of the updates (first, last], one each."""

    state: State
    first: int
    last: int
    rows: int


class Gap(Exception):
    """Names the first updates that no answer is of, or that two are of."""


def count(told: Told, answers: Mapping[str, Held]) -> int:
    """Return the rows of all updates that are not persisted, by the answers of RDBs by id. Raises Gap."""
    asked = [answers[window.instance_id] for window in told.windows if window.instance_id in answers]
    held = [answer for answer in asked if answer.first < answer.last]
    for left, right in pairwise(held):
        if left.last > right.first:
            raise Gap(f"two RDBs hold updates after {right.first}")
    starts = [0, *(answer.last for answer in held)]
    stops = [*(answer.first for answer in held), told.updates]
    for start, stop in zip(starts, stops, strict=True):
        if start < stop and stop > told.persisted:
            raise Gap(f"gap: updates {start + 1} to {stop}: {_why(told, answers, start, stop)}")
    opened = told.windows[-1]
    if (live := answers.get(opened.instance_id)) and live.state is not State.LIVE:
        raise Gap(f"gap: updates after {told.updates}: {opened.instance_id} is {live.state}")
    return sum(answer.rows for answer in held)


def _why(told: Told, answers: Mapping[str, Held], start: int, stop: int) -> str:
    return ", ".join(
        _reason(window.instance_id, answers)
        for window in told.windows
        if window.first < stop and (window.last is None or window.last > start)
    )


def _reason(instance_id: str, answers: Mapping[str, Held]) -> str:
    if not instance_id:
        return "no RDB has them yet"
    if instance_id not in answers:
        return f"{instance_id} is not connected"
    return f"{instance_id} does not hold all of them, {answers[instance_id].state}"
