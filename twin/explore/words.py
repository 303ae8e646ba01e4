"""The messages that wake a function, by their words in a world, as the real wake-ups."""

from collections.abc import Mapping
from enum import IntEnum
from typing import assert_never

from chalicelib.contract.report import Report, State
from chalicelib.core.facts.wake_ups import (
    Asking,
    Command,
    DrainRdbs,
    LiftHold,
    ReleaseRdb,
    SetFloor,
    SetHold,
    Verdict,
    WakeUp,
)
from twin.explore.world import CLUSTER, IDS, NOW, Phase, Wake, ago

STATES: Mapping[Phase, State] = {
    Phase.BOOTING: State.BOOTING,
    Phase.STANDBY: State.STANDBY,
    Phase.LIVE: State.LIVE,
    Phase.FULL: State.LIVE,
    Phase.ROLLED: State.ROLLED,
    Phase.EMPTIED: State.LIVE,
    Phase.DRAINED: State.DRAINED,
}
PERCENT: Mapping[Phase, int] = {
    Phase.BOOTING: 5,
    Phase.STANDBY: 5,
    Phase.LIVE: 30,
    Phase.FULL: 70,
    Phase.ROLLED: 90,
    Phase.EMPTIED: 6,
    Phase.DRAINED: 6,
}
# One stands for all phases that nobody but their reports tells apart: they have the same metric.
MEASURED: Mapping[Phase, Phase] = {
    phase: next((other for other in Phase if PERCENT.get(other) == PERCENT.get(phase)), phase)
    if phase in PERCENT
    else phase
    for phase in Phase
}
ROWS: Mapping[Phase, int] = {Phase.LIVE: 300, Phase.FULL: 700, Phase.ROLLED: 900}
# Sequences order an RDB's reports: by the minute in which they were sent, then by its phase.
FORGED = 9
A_MINUTE = 10
FIRST_SEQUENCE = 10**9


class Word(IntEnum):
    """A message: of an RDB (the first ones carry its phase in `number`), of the clock, of an operator."""

    REPORT = 0
    FORGED = 1
    WITH_ROWS = 2
    SWEEP = 3
    FLOOR = 4
    RELEASE = 5
    DRAIN = 6
    HOLD = 7
    HOLD_RDB = 8
    LIFT = 9


def sequence(phase: int, minutes: int) -> int:
    """Return the sequence of the report that an RDB sends in a phase, so many minutes ago."""
    return FIRST_SEQUENCE - minutes * A_MINUTE + phase


def minutes_of(number: int) -> tuple[int, int]:
    """Return of a sequence how many minutes ago it was sent, and the phase."""
    minutes, phase = divmod(FIRST_SEQUENCE - number, A_MINUTE)
    return (minutes + 1, A_MINUTE - phase) if phase else (minutes, 0)


def wake_up(wake: Wake) -> WakeUp:
    """Return the real message."""
    at, word = ago(wake.minutes), Word(wake.word)
    match word:
        case Word.REPORT:
            report = _report(wake, Phase(wake.number))
            verdict = Verdict(True, "signed by the instance") if report.state is State.DRAINED else None
            return WakeUp(CLUSTER, "report", NOW, "report", report=report, verdict=verdict)
        case Word.FORGED:
            verdict = Verdict(False, "the proof is forged")
            return WakeUp(CLUSTER, "report", NOW, "report", report=_drained(wake, 0), verdict=verdict)
        case Word.WITH_ROWS:
            verdict = Verdict(True, "signed by the instance")
            return WakeUp(CLUSTER, "report", NOW, "report", report=_drained(wake, 900), verdict=verdict)
        case Word.SWEEP:
            return WakeUp(CLUSTER, "sweep", NOW, "sweep", whole=True)
        case Word.FLOOR | Word.RELEASE | Word.DRAIN | Word.HOLD | Word.HOLD_RDB | Word.LIFT:
            return WakeUp(CLUSTER, "operator", at, "operator", command=_command(wake, word))
        case _:
            assert_never(word)


def _command(wake: Wake, word: Word) -> Command:
    """Return what an operator asks; its id is its word, so that it counts once however often it comes."""
    asking = Asking(f"{word.name}-{wake.index}", "ann", ago(wake.minutes))
    match word:
        case Word.FLOOR:
            return SetFloor(*asking, wake.number)
        case Word.RELEASE:
            return ReleaseRdb(*asking, IDS[wake.index])
        case Word.DRAIN:
            return DrainRdbs(*asking, (IDS[wake.index],))
        case Word.HOLD:
            return SetHold(*asking, "a look")
        case Word.HOLD_RDB:
            return SetHold(*asking, "a look", IDS[wake.index])
        case Word.LIFT:
            return LiftHold(*asking)
        case Word.REPORT | Word.FORGED | Word.WITH_ROWS | Word.SWEEP:
            raise AssertionError(f"{word} is no command")
        case _:
            assert_never(word)


def _report(wake: Wake, phase: Phase) -> Report:
    rows, percent = ROWS.get(phase, 0), PERCENT[phase]
    return Report(
        version=1,
        cluster=CLUSTER,
        instance_id=IDS[wake.index],
        sequence=sequence(phase, wake.minutes),
        state=STATES[phase],
        memory_used=percent,
        memory_total=100,
        rows=rows,
        first_index=1 if rows else None,
        last_index=rows or None,
        sent_at=ago(wake.minutes),
    )


def _drained(wake: Wake, rows: int) -> Report:
    """Return a `drained` of an RDB that is not: somebody else's, or its own while rows are left."""
    return Report(
        version=1,
        cluster=CLUSTER,
        instance_id=IDS[wake.index],
        sequence=sequence(wake.number, wake.minutes) if rows else sequence(FORGED, wake.minutes),
        state=State.DRAINED,
        memory_used=90 if rows else 5,
        memory_total=100,
        rows=rows,
        first_index=1 if rows else None,
        last_index=rows or None,
        sent_at=ago(wake.minutes),
    )
