"""Plays the events of a drill on its day, each at its time."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, TextIO

import msgspec

from twin.autoscaling import AwsError
from twin.day.day import run_day
from twin.day.options import MIDNIGHT, Options
from twin.day.result import result_of
from twin.drill import aws_events, host_events, sent_events
from twin.drill.day import DrillDay, opening_of
from twin.drill.events import AnyEvent, HttpCall, SetDesired
from twin.drill.operator import Operator
from twin.drill.script import Script, Scripted
from twin.drill.selectors import Idle, NobodySelected

Play = Callable[[DrillDay, Any], None]
# Every event but a call of the API, whose answer is kept.
PLAYS: Mapping[type, Play] = {**host_events.PLAYS, **aws_events.PLAYS, **sent_events.PLAYS}


class Played(NamedTuple):
    """An event that was played; `refused` is why it did not happen, mostly AWS's answer."""

    scripted: Scripted
    refused: str | None

    def shown(self, undone: Mapping[AnyEvent, str]) -> dict[str, Any]:
        """Return it as plain data, as the file has it."""
        event = msgspec.to_builtins(self.scripted.event)
        why = undone.get(self.scripted.event) if _waits(self.scripted.event) else self.refused
        refused = {"refused": why} if why else {}
        return {"line": self.scripted.line, **event, **refused}


class Player:
    """Plans the events of a day, and keeps what came of them."""

    def __init__(self, day: DrillDay) -> None:
        self._day = day
        self._operator = Operator(day)
        self._plays: Mapping[type, Play] = {**PLAYS, HttpCall: self._operator.call}
        self.played: list[Played] = []
        self.answers = self._operator.answers

    def plan(self) -> None:
        """Put every event on the clock of the running day."""
        self._operator.watch()
        for scripted in self._day.script.events:
            at = MIDNIGHT + timedelta(seconds=scripted.seconds)
            self._day.clock.at(at, partial(self._play, scripted))

    def _play(self, scripted: Scripted) -> None:
        refused = None
        try:
            self._plays[type(scripted.event)](self._day, scripted.event)
        except AwsError as error:
            refused = f"{error.code}: {error.message}"
        except Idle as error:
            refused = str(error)
        except NobodySelected as error:
            where = f"{self._day.script.name} line {scripted.line}, {scripted.event.at}"
            raise NobodySelected(f"{where}: {error}") from error
        self.played.append(Played(scripted, refused))


def _waits(event: AnyEvent) -> bool:
    return isinstance(event, SetDesired) and event.between


class Drill(NamedTuple):
    """A drill that was played: its day, and its figures with what came of the events."""

    day: DrillDay
    result: dict[str, Any]


def play(
    options: Options, script: Script, log: TextIO, progress: Callable[[float], None] = lambda _share: None
) -> Drill:
    """Play a drill from 20 minutes before its feed and events begin, or from midnight.

    Raises NobodySelected, and ValueError for a script that begins after the end of the run.
    """
    day = DrillDay(replace(options, opens=opening_of(script, options)), log, script)
    player = Player(day)
    wall = run_day(day, progress, player.plan)
    played = [one.shown(day.undone) for one in player.played]
    return Drill(day, {**result_of(day, wall), "answers": player.answers, "events": played})
