"""The explorer takes states for one that differ: the real controller then does the same in both.

A walk keeps the ledgers whole, as the controller wrote them, and every time in them as old as it is. Two of
its states that the explorer takes for one must have the same steps, to states that are again the same.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from twin.explore import judge, ledgers, running, steps
from twin.explore.function import forget
from twin.explore.judge import Promise, essence
from twin.explore.ledgers import VERSION, is_news
from twin.explore.people import interferences
from twin.explore.running import Step
from twin.explore.states import state_of
from twin.explore.world import AGES, IDS, Host, Wake, World, aged

A, B, C = IDS
TERMINATED = (
    f"{A} has written down and drains",
    f"{A} reports drained: a function reads",
    f"function 1: TerminateInstanceInAutoScalingGroup {A}: done",
)
LATE = ("11 minutes pass", f"{A} has written down and drains")
# More than two of the short pauses after each other would be over a deadline that one is not.
SHORT, MOST_SHORT = "3 minutes pass", 2
normal = ledgers.normal
Results = set[tuple[int, tuple[Promise, ...]]]


@cache
def in_form(document: bytes) -> bytes:
    """The ledger as the explorer keeps it, while `whole` takes that one's place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledgers, "aged", aged)
        return normal(document)


def whole(document: bytes) -> bytes:
    """The ledger as it was written, but for its version, which each write raises."""
    ledger: dict[str, Any] = msgspec.json.decode(document)
    ledger["version"] = VERSION
    asked = ledger.get("asked") or {}
    places = [(rdb, "released_in") for rdb in ledger.get("rdbs", {}).values()]
    places += [(asked, "version"), (asked.get("before") or {}, "version")]
    known = sorted({place[key] for place, key in places if key in place})
    for place, key in places:
        if key in place:
            place[key] = VERSION + 1 + known.index(place[key]) - len(known)
    return msgspec.json.encode(ledger, order="sorted")


def rounded(wake: Any) -> Any:
    return replace(wake, minutes=max(age for age in AGES if age <= wake.minutes))


def form(world: World) -> World:
    """The state for which the explorer takes a world."""
    document = in_form(world.document)
    hosts = tuple(
        Host(host.phase, host.asked, rounded(host.late))
        if host.late and is_news(document, IDS[index], host.late.phase, host.late.minutes)
        else Host(host.phase, host.asked)
        for index, host in enumerate(world.hosts)
    )
    commands: tuple[Wake, ...] = tuple(map(rounded, world.commands))
    return replace(ended(world), document=document, hosts=hosts, commands=commands)


def ended(world: World) -> World:
    """The world without functions that have nothing left to do, which the explorer ends at once."""
    return replace(world, runs=tuple(run for run in world.runs if essence(run)[0]))


def choices(world: World, people: bool) -> Iterator[Step]:
    yield from steps.steps(world)
    if people:
        yield from interferences(world)


@pytest.fixture
def unreduced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (ledgers, running):
        monkeypatch.setattr(module, "normal", whole)
    for module in (ledgers, steps):
        monkeypatch.setattr(module, "aged", lambda minutes, passed: minutes + passed)
    monkeypatch.setattr(judge, "normal", in_form)

    def afresh() -> None:
        forget()
        ledgers.older.cache_clear()
        judge.essence.cache_clear()

    afresh()
    yield
    afresh()


@pytest.mark.usefixtures("unreduced")
@pytest.mark.parametrize(
    ("path", "depth", "people"),
    [
        ((), 3, False),
        (TERMINATED, 1, True),
        (TERMINATED, 2, False),
        (LATE, 2, False),
    ],
)
def test_what_follows_is_the_same_in_all_states_that_are_taken_for_one(
    path: tuple[str, ...], depth: int, people: bool
) -> None:
    first = steps.begin()
    for text in path:
        first = next(step.world for step in steps.steps(first) if step.text == text)
    layer: dict[int, tuple[World, tuple[str, ...]]] = {state_of(first): (first, ())}
    seen = set[int]()
    found: dict[int, tuple[Results, tuple[str, ...]]] = {}
    for _ in range(depth + 1):
        after: dict[int, tuple[World, tuple[str, ...]]] = {}
        for state, (world, way) in layer.items():
            seen.add(state)
            own, results = state_of(form(world)), Results()
            for step in choices(world, people):
                results.add((state_of(form(step.world)), step.broken))
                further = (*way, step.text)
                if not step.broken and further.count(SHORT) <= MOST_SHORT:
                    reached = ended(step.world)
                    after.setdefault(state_of(reached), (reached, further))
            # A message that is no news to the ledger changes nothing, and may be a step in one of them only.
            results.add((own, ()))
            before = found.setdefault(own, (results, way))
            assert results == before[0], f"not the same: {way} and {before[1]}"
        layer = {state: reached for state, reached in after.items() if state not in seen}
    assert len(seen) > len(found), "no two were taken for one"


def test_a_booting_report_after_the_deadline_is_not_one_from_before() -> None:
    late = next(step.world for step in steps.steps(steps.begin()) if step.text == "11 minutes pass")
    text = f"{C} reports booting: a function reads"
    told = next(step.world for step in steps.steps(late) if step.text == text)
    assert told.document != late.document
    assert normal(told.document) == told.document
