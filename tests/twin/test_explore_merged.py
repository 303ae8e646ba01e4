"""The explorer takes ledgers for one that differ: the real controller then does the same on both."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from twin.explore.ledgers import is_news, normal
from twin.explore.steps import begin, steps
from twin.explore.walk import state_of
from twin.explore.words import sequence
from twin.explore.world import IDS, Host, Phase, World, ago

A, C = IDS[0], IDS[2]
DRAINED = (f"{A} has written down and drains", f"{A} reports drained: a function reads")
Change = Callable[[dict[str, Any]], None]


def at(minutes: int) -> str:
    return f"{ago(minutes):%FT%TZ}"


def said(ledger: dict[str, Any], name: str, phase: Phase, minutes: int) -> None:
    """Let the newest report of an RDB be from so many minutes ago."""
    rdb = ledger["rdbs"][name]
    rdb["received_at"] = rdb["report"]["sent_at"] = at(minutes)
    rdb["report"]["sequence"] = sequence(phase, minutes)
    if "proven_sequence" in rdb:
        rdb["proven_sequence"] = sequence(phase, minutes)


def hook_seen(ledger: dict[str, Any]) -> None:
    ledger["hook"]["at"] = at(6)


def other_lifecycles(ledger: dict[str, Any]) -> None:
    for rdb in ledger["rdbs"].values():
        rdb["member"] = {"healthy": True, "lifecycle": "Terminating:Wait", "protected": False}
        rdb["ending_since"] = at(3)


def boots_for_six_minutes(ledger: dict[str, Any]) -> None:
    ledger["rdbs"][C]["first_seen"] = at(6)


def said_booting_before(ledger: dict[str, Any]) -> None:
    boots_for_six_minutes(ledger)
    said(ledger, C, Phase.BOOTING, 3)


def said_drained_before(ledger: dict[str, Any]) -> None:
    said(ledger, A, Phase.DRAINED, 6)


def first_drained_before(ledger: dict[str, Any]) -> None:
    ledger["rdbs"][A]["first_drained_at"] = at(3)


def told_operators(ledger: dict[str, Any]) -> None:
    ledger["gist"] = "another gist"
    ledger["short_since"] = ledger["owed_since"] = at(6)
    ledger["raise_fails"] = {"since": at(11), "times": 3, "text": "refused"}


# By the change: the steps after which the ledger is the same with it.
SAME: tuple[tuple[Change, tuple[str, ...]], ...] = (
    (hook_seen, ()),
    (other_lifecycles, ("3 minutes pass",)),
    (told_operators, ()),
    (boots_for_six_minutes, ("3 minutes pass",)),
    (said_booting_before, (f"{C} reports booting: a function reads",)),
    (said_drained_before, (*DRAINED, "3 minutes pass")),
    (first_drained_before, (*DRAINED, "11 minutes pass")),
)


def after(texts: tuple[str, ...]) -> World:
    world = begin()
    for text in texts:
        world = next(step.world for step in steps(world) if step.text == text)
    return world


def results(world: World) -> set[tuple[int, tuple[str, ...]]]:
    """What can happen next, without what is no news to the ledger."""
    found = {(state_of(world_in_form(step.world)), step.broken) for step in steps(world)}
    return found | {(state_of(world_in_form(world)), ())}


def world_in_form(world: World) -> World:
    """The world with its ledger in its form, and without reports that it knows."""
    document = normal(world.document)
    hosts = tuple(
        Host(host.phase, host.asked)
        if host.late and not is_news(document, IDS[index], host.late.phase, host.late.minutes)
        else host
        for index, host in enumerate(world.hosts)
    )
    return replace(world, document=document, hosts=hosts)


@pytest.mark.parametrize(("change", "path"), SAME, ids=[change.__name__ for change, _ in SAME])
def test_what_follows_is_the_same_for_two_ledgers_that_are_taken_for_one(
    change: Change, path: tuple[str, ...]
) -> None:
    world, seen = after(path), set[int]()
    for step in (None, *steps(world)):
        at_world = world if step is None else step.world
        ledger = json.loads(at_world.document)
        change(ledger)
        other = json.dumps(ledger).encode()
        if normal(other) != at_world.document or at_world.runs:
            # This step made the difference matter, such as a newer report. A function under way compares the
            # text of the ledger, which is always in its form.
            continue
        seen.add(state_of(at_world))
        assert results(replace(at_world, document=other)) == results(at_world)
    assert state_of(world) in seen


def test_a_booting_report_after_the_deadline_is_not_one_from_before() -> None:
    late = after(("11 minutes pass",))
    told = next(step.world for step in steps(late) if step.text == f"{C} reports booting: a function reads")
    assert told.document != late.document
    assert normal(told.document) == told.document
