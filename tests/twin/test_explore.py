"""The walk through every order: it keeps every promise, and finds what breaks one."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from chalicelib.core.capacity import raises
from chalicelib.core.facts import folding
from chalicelib.core.facts.ledger import Asked
from chalicelib.core.release.gate import Gate
from twin.__main__ import main
from twin.explore import function, judge
from twin.explore import walk as walking
from twin.explore.judge import PROMISES, Promise
from twin.explore.people import interferences
from twin.explore.states import state_of
from twin.explore.steps import begin, steps
from twin.explore.walk import Limits, walk
from twin.explore.world import World

DRAINED = ("i-0000000a has written down and drains",)
GONE = (
    *DRAINED,
    "i-0000000a reports drained",
    "function 1: TerminateInstanceInAutoScalingGroup i-0000000a",
    "sweep: a function reads",
    "function 1: CompleteLifecycleAction i-0000000a",
)
RELEASED_AGAIN = (
    *DRAINED,
    "i-0000000a reports drained",
    "an operator takes the protection of i-0000000a away",
    "an operator asks: RELEASE of i-0000000a: a function reads",
)
# By the words with which the gate's reason begins: a world near the breach, and the promise that breaks.
FOUND = {
    "no proof": (("somebody else reports drained for i-0000000a",), "unsafe"),
    "the cluster is on hold": ((*DRAINED, "an operator asks: HOLD:"), "against-hold"),
    "the RDB is on hold": ((*DRAINED, "an operator asks: HOLD_RDB of i-0000000a"), "against-hold"),
    "wall missing": ((*DRAINED, "an operator takes the wall RETAINS down"), "against-walls"),
    "not in service": (GONE, "failed"),
    "holds": (("i-0000000a itself reports drained with rows",), "unsafe"),
    "already released": (RELEASED_AGAIN, "against-walls"),
}
# The others are out of the walk's reach, each for the reason that is given.
OUT_OF_REACH = {
    "not in this group": "only members are judged, and nobody asks here to release another",
    "the group is at MinSize": "AWS refuses to go below MinSize",
    "never reported": "without a report there is no proof",
    "it is the live one": "a proof comes with drained only",
    "not drained but": "a proof comes with drained only",
    "rows unknown": "rows are unknown in the state unknown only, which has no proof",
    "newest report is": "drained is final in this world: who was empty once is empty",
    "the proof is of report": "drained is final in this world: who was proven once is empty",
    "memory rose": "drained is final in this world: no data comes in after it",
    "wall unknown": "every read is answered in this world, so that the hook is looked at before each release",
}


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Takes one condition out of the gate."""
    judged = Gate.refusals

    def take(condition: str) -> None:
        def refusals(gate: Gate, instance_id: str) -> tuple[str, ...]:
            return tuple(why for why in judged(gate, instance_id) if not why.startswith(condition))

        monkeypatch.setattr(Gate, "refusals", refusals)
        function.forget()

    yield take
    function.forget()


def after(*texts: str) -> World:
    """The world after steps that begin with these words."""
    world = begin()
    for text in texts:
        possible = (*steps(world), *interferences(world))
        world = next(step.world for step in possible if step.text.startswith(text))
    return world


@pytest.mark.parametrize("condition", FOUND)
def test_a_condition_taken_out_of_the_gate_breaks_a_promise(
    condition: str, without: Callable[[str], None]
) -> None:
    path, promise = FOUND[condition]
    without(condition)
    ways = walk(Limits(3, interference=2), start=after(*path), stop_at=promise).ways
    assert list(ways) == [promise]


# Those that break within two steps by a call.
@pytest.mark.parametrize("condition", ["no proof", "holds", "already released"])
def test_with_every_step_to_every_state_the_shortest_ways_are_the_same(
    condition: str, without: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, promise = FOUND[condition]
    without(condition)
    start = after(*path)

    def broken() -> list[dict[Promise, int]]:
        walks = [walk(Limits(depth, interference=2), start=start) for depth in (1, 2)]
        return [{each: len(way) for each, way in walked.ways.items()} for walked in walks]

    found = broken()
    monkeypatch.setattr(walking, "judged", steps)
    monkeypatch.setattr(walking, "console", interferences)
    monkeypatch.setattr(walking, "last_state_of", state_of)
    assert found == broken()
    assert promise in found[-1]


STALE_AFTER_AN_END = (
    "11 minutes pass",
    "an operator terminates i-0000000a with decrement",
    "sweep: a function reads",
    "sweep: a function reads a stale group",
)


@pytest.mark.parametrize("known", [True, False])
def test_a_stale_look_makes_no_raise_that_another_function_writes_over(
    known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the wait for the raise itself, which would do here, too.
    monkeypatch.setattr(raises, "under_way", lambda *_: None)
    if not known:
        monkeypatch.setattr(folding, "_was_ending", lambda *_: False)
    function.forget()
    promises = set(walk(Limits(3), start=after(*STALE_AFTER_AN_END)).ways)
    function.forget()
    assert promises == (set() if known else {"lowered"})


LATE_BOOT = ("i-0000000c is in service", "121 minutes pass")


@pytest.mark.parametrize("waits", [True, False])
def test_no_function_writes_over_a_raise_that_another_may_be_about_to_write(
    waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not waits:
        monkeypatch.setattr(raises, "under_way", lambda *_: None)
    function.forget()
    world = after(*LATE_BOOT, "an operator sets the capacity to 2", "sweep: a function reads")
    promises = set(walk(Limits(3), start=world).ways)
    function.forget()
    assert promises == (set() if waits else {"lowered"})


@pytest.mark.parametrize("knows", [True, False])
def test_a_look_from_before_the_capacity_was_lowered_shows_no_raise(
    knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not knows:
        monkeypatch.setattr(Asked, "again", property(lambda _: False))
    function.forget()
    world = after(*LATE_BOOT, "an operator sets the capacity to 2", "sweep: a function reads")
    promises = set(walk(Limits(3), start=world).ways)
    function.forget()
    assert promises == (set() if knows else {"lowered"})


def test_a_host_of_a_floor_that_leaves_after_a_release_came_to_nothing_is_launched_again() -> None:
    way = (
        *DRAINED,
        "i-0000000a reports drained: a function reads",
        "121 minutes pass",
        "an operator asks: FLOOR 4: a function reads",
        "function 1: SetDesiredCapacity 4: done",
        "i-0000000a reports drained: a function reads",
        "function 1: TerminateInstanceInAutoScalingGroup i-0000000a: done",
        "sweep: a function reads",
    )
    world = after(*way)
    again = [step for step in steps(world) if step.text == "function 1: SetDesiredCapacity 4: done"]
    assert [step.broken for step in again] == [()]
    owed = replace(world, raised=(4, 0, 1))
    assert ("launched-twice",) in [step.broken for step in steps(owed)]


def test_a_raise_to_the_number_that_somebody_has_written_launches_nothing() -> None:
    world = after(
        *DRAINED,
        "i-0000000a reports drained: a function reads",
        "11 minutes pass",
        "i-0000000a reports drained: a function reads",
        "an operator sets the capacity to 4",
    )
    first = world.runs[0]
    call = function.call_of(first)
    assert call
    assert (world.group.desired, call.params["DesiredCapacity"]) == (4, 4)
    assert list(judge.of_call(world, first, call)) == []
    lower = replace(world, group=replace(world.group, desired=3), raised=(4, 0, 0))
    assert list(judge.of_call(lower, first, call)) == ["launched-twice"]


@pytest.mark.parametrize("path", dict.fromkeys(path for path, _ in FOUND.values()))
def test_with_the_whole_gate_no_promise_breaks_there(path: tuple[str, ...]) -> None:
    walked = walk(Limits(3, interference=3), start=after(*path))
    assert (walked.ways, walked.complete) == ({}, 3)


def test_each_reason_of_the_gate_is_found_or_named_as_out_of_reach() -> None:
    text = Path("docs/safety.md").read_text()
    table = text[text.index("## The gate") : text.index("Two things are no reason")]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    known = [words.removesuffix(" on hold") for words in (*FOUND, *OUT_OF_REACH)]
    assert [cell for cell in cells if not any(words in cell for words in known)] == []
    assert [words for words in known if not any(words in cell for cell in cells)] == []
    assert [why for why in OUT_OF_REACH.values() if why not in text.replace("\n", " ")] == []


def test_two_processes_walk_as_one() -> None:
    one, two = (walk(Limits(4), workers=workers) for workers in (1, 2))
    assert one == two
    assert (one.ways, one.complete, one.steps > 300) == ({}, 4, True)


def test_the_command_says_how_deep_it_is_complete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "explore.json"
    assert main(["explore", "--depth", "2", "--workers", "1", "--json", str(file)]) == 0
    figures = json.loads(file.read_text())
    assert (figures["complete_to_depth"], figures["broken"]) == (2, {promise: [] for promise in PROMISES})
    said = capsys.readouterr()
    assert ("complete to depth" in said.out, "depth 2: " in said.err) == (True, True)


def test_the_command_prints_the_way_to_a_breach(
    without: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    without("no proof")
    assert main(["explore", "--depth", "2", "--workers", "1", "--interference", "1"]) == 1
    said = capsys.readouterr().out
    assert "Broken: unsafe" in said
    assert re.search("1. somebody else reports drained for i-[0-9a-f]+, without a valid proof", said)
    assert re.search("2. function 1: TerminateInstanceInAutoScalingGroup i-[0-9a-f]+", said)


@pytest.mark.parametrize("arguments", [["--depth", "0"], ["--seconds", "soon"], ["--states", "-1"]])
def test_bad_arguments_are_refused_by_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explore", *arguments])
    assert (ended.value.code, arguments[0] in capsys.readouterr().err) == (2, True)
