"""The display of `make demo`, as it is on a terminal of 80 columns and 24 lines."""

from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from types import SimpleNamespace
from typing import cast

import pytest
from rich.console import Console

from chalicelib.contract.report import State
from chalicelib.core.decision import Decision
from chalicelib.core.release.releases import Release
from chalicelib.core.release.steps import Step
from twin.processes.cluster import Ended, Processes, Settings
from twin.processes.screen import Screen, in_words

HOSTS = 8
UPDATES = 58_900
# Below the display: the sentence that the demo ends with, and the prompt.
LINES = 24 - 2
IDS = [f"i-0123456789abc{number:04x}" for number in range(HOSTS)]
NOW = datetime(2026, 3, 2, tzinfo=UTC)
RAISED = Decision("trades", NOW, "raise", "?", desired=7, counted=7, target=8)


def _decision(number: int) -> Decision:
    release = tuple(Release(instance_id, "continue") for instance_id in IDS[1:])
    at = datetime.fromtimestamp(number, UTC)
    return Decision("trades", at, "release", "?", release=release, triggers=("sweep", "fleet", "report"))


@dataclass
class Plant:
    """A tickerplant whose RDBs hold a day's updates until it ends."""

    published: int
    rolls: list[None]
    day_end: int = 0

    @property
    def held(self) -> int:
        return self.published - self.day_end


class Stage:
    """A cluster as a screen sees it, with so many RDBs, the last of them live."""

    def __init__(self, count: int, width: int = 80) -> None:
        ids = IDS[:count]
        self.settings = Settings(40, 85, HOSTS)
        self.hosts = {i: self._host(number, number == count - 1) for number, i in enumerate(ids)}
        self.members = dict.fromkeys(ids, "InService")
        self.ended: list[Ended] = []
        self.desired = count
        self.proven: set[str] = set()
        self.tickerplant = Plant(UPDATES * count, [None] * (count - 1))
        self._console = Console(
            file=StringIO(), force_terminal=True, color_system=None, width=width, height=24
        )
        self._screen = Screen(self._console, cast(Processes, self), HOSTS)

    def ledger(self) -> SimpleNamespace:
        return SimpleNamespace(rdbs={i: SimpleNamespace(proven_empty=i in self.proven) for i in IDS})

    def decisions(self, limit: int) -> list[Decision]:
        return [_decision(number) for number in range(limit, 0, -1)]

    def end_day(self) -> None:
        self.tickerplant.day_end = self.tickerplant.published
        for instance_id in IDS[:-1]:
            self.hosts[instance_id].state = "drained"
            self.proven.add(instance_id)
            self.members[instance_id] = "Terminating:Proceed"

    def release(self) -> None:
        for instance_id in IDS[:-1]:
            del self.hosts[instance_id], self.members[instance_id]
            self.ended.append(Ended(instance_id, State.DRAINED, 0))

    def frame(self) -> list[str]:
        with self._screen.shown():
            pass
        with self._console.capture() as captured:
            self._console.print(self._screen.rendered())
        return captured.get().splitlines()

    @staticmethod
    def _host(number: int, live: bool) -> SimpleNamespace:
        window = {"first_index": UPDATES * number, "last_index": UPDATES * (number + 1)}
        return SimpleNamespace(state="live" if live else "rolled", percent=85.0, **window)


def _row(frame: list[str], instance_id: str) -> str:
    (row,) = (line for line in frame if line.startswith(f"…{instance_id[-4:]} "))
    return row


def test_eight_hosts_fit_on_a_small_terminal_with_state_percent_and_window_whole() -> None:
    frame = Stage(HOSTS).frame()
    assert len(frame) <= LINES
    assert max(map(len, frame)) <= 80
    assert "…" not in "".join(frame).replace("…0", "")
    for number, instance_id in enumerate(IDS):
        state, window = ("rolled", "live")[number == HOSTS - 1], (UPDATES * number, UPDATES * (number + 1))
        row = _row(frame, instance_id).split()
        assert row[1:5] == ["InService", state, "85", "%"]
        assert " ".join(row[-2:]) == f"({window[0]}, {window[1]}]"


def test_nothing_moves_while_hosts_come_and_go() -> None:
    stage = Stage(HOSTS)
    frames = [Stage(1).frame(), stage.frame()]
    stage.end_day()
    frames.append(stage.frame())
    heads = [
        [(place, line) for place, line in enumerate(frame) if line.startswith(("id ", "at "))]
        for frame in frames
    ]
    assert len(heads[0]) == 2
    assert heads[0] == heads[1] == heads[2]


def test_the_end_of_the_day_is_told_with_each_accepted_proof_and_no_update_looks_lost() -> None:
    stage = Stage(HOSTS)
    filled = stage.frame()
    assert "filled" in filled[0]
    assert "471,200 updates: 471,200 in memory, 0 persisted" in filled[1]
    stage.end_day()
    ending = stage.frame()
    assert "end of day: persisting and draining" in ending[0]
    assert "Terminating:Proceed" in _row(ending, IDS[0])
    stage.release()
    released = stage.frame()
    assert "released" in released[0]
    assert "471,200 updates: 0 in memory, 471,200 persisted" in released[1]
    for frame in (ending, released):
        assert max(map(len, frame)) <= 80
        assert len(frame) <= LINES
        assert [instance_id for instance_id in IDS if "proof accepted" in _row(frame, instance_id)] == IDS[
            :-1
        ]
    assert f"(0, {UPDATES}]" in _row(released, IDS[0])


def test_a_wide_terminal_has_the_whole_ids() -> None:
    text = "\n".join(Stage(HOSTS, width=160).frame())
    assert all(instance_id in text for instance_id in IDS)


def test_a_raise_is_put_in_words_by_its_fields() -> None:
    assert in_words(RAISED) == "0 with room: DesiredCapacity 7 to 8"


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("terminate", "terminate: 0000 0001"),
        ("replace", "replace: 0000 0001"),
        ("continue", "complete hook: 0000 0001"),
        ("end-retained", "end retained: 0000 0001"),
    ],
)
def test_each_step_of_a_release_is_put_in_words_by_its_fields(how: Step, words: str) -> None:
    release = tuple(Release(instance_id, how) for instance_id in IDS[:2])
    assert in_words(Decision("trades", NOW, "release", "?", release=release)) == words


def test_what_has_no_words_of_its_own_is_told_by_the_control_planes_reason() -> None:
    waiting = Decision("trades", NOW, "waiting", "a release is not yet visible in the group")
    assert in_words(waiting) == waiting.reason
    assert in_words(Decision("trades", NOW, "room", "?", with_room=1)) == "1 with room: enough"
