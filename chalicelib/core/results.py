"""Results: what became of each operator's command, kept beside the decision that took it (rule 8)."""

from collections.abc import Iterable, Mapping
from typing import Literal, assert_never

import msgspec

from chalicelib.core.decision import Decision
from chalicelib.core.facts.calendar import Calendar
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.facts.wake_ups import (
    Command,
    DrainRdbs,
    LiftHold,
    ReleaseRdb,
    RemoveCalendar,
    SetCalendar,
    SetFloor,
    SetHold,
)

ResultState = Literal["carried-out", "partly-refused", "refused", "too-old"]


class CommandResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one decision made of a command: its state, every reason against it, and what it replaced.

    `decision` is the id of that decision; it is known once the decision is written.
    """

    command: Command
    state: ResultState
    reasons: tuple[str, ...] = ()
    decision: str = ""


def results_of(
    decision: Decision, commands: Iterable[Command], replaced: Mapping[str, str] | None = None
) -> tuple[CommandResult, ...]:
    """Return the result of each command that this decision took; one that came again has its result.

    `replaced` says by their ids what commands replaced.
    """
    once = {command.command_id: command for command in commands}
    results = (_result(once[command_id], decision) for command_id in decision.carried_out)
    return tuple(_with_replaced(result, replaced or {}) for result in results)


def refused_undecided(
    decision: Decision, ledger: Ledger, commands: Iterable[Command]
) -> tuple[Decision, Ledger]:
    """Refuse every command where nothing is decided: none is dropped in silence."""
    new = new_commands(commands, ledger)
    ids = tuple(command.command_id for command in new)
    refused = tuple(Refusal("undecided", (decision.reason,), command_id) for command_id in ids)
    decision = msgspec.structs.replace(
        decision, refused=(*decision.refused, *refused), carried_out=ids, asked=tuple(map(sentence_of, new))
    )
    return decision, ledger.with_commands(ids, decision.at)


def new_commands(commands: Iterable[Command], ledger: Ledger) -> list[Command]:
    """Return the commands that were not taken before; one that came twice stays where it came first."""
    once: dict[str, Command] = {}
    for command in commands:
        once.setdefault(command.command_id, command)
    return [command for command_id, command in once.items() if command_id not in ledger.commands]


def failures_of(command: Command, outcome: Iterable[str]) -> tuple[str, ...]:
    """Return the sentences of a decision's outcome about calls for a command that failed.

    A hold or a calendar needs no call.
    """
    match command:
        case SetFloor():
            named: tuple[str, ...] = ("SetDesiredCapacity ",)
        case ReleaseRdb():
            named = (command.instance_id,)
        case DrainRdbs():
            named = command.instance_ids
        case SetHold() | LiftHold() | SetCalendar() | RemoveCalendar():
            named = ()
        case _:
            assert_never(command)
    return tuple(text for text in outcome if " failed: " in text and any(name in text for name in named))


def sentence_of(command: Command) -> str:
    """Return a command as a sentence for people."""
    return f"{command.requested_by} asked at {command.at:%FT%TZ}: {_wish(command)}"


def _wish(command: Command) -> str:
    match command:
        case SetFloor():
            until = f" until {command.until:%FT%TZ}" if command.until else ""
            return f"at least {command.floor} hosts{until}"
        case ReleaseRdb():
            return f"release {command.instance_id}"
        case DrainRdbs():
            return f"drain {', '.join(command.instance_ids)}"
        case SetHold():
            until = f" until {command.until:%FT%TZ}" if command.until else ""
            return f"hold {command.instance_id or 'the cluster'}{until}: {command.reason}"
        case LiftHold():
            return f"lift the hold of {command.instance_id or 'the cluster'}"
        case SetCalendar():
            return f"put {_named(command.calendar)}"
        case RemoveCalendar():
            return "remove the calendar"
        case _:
            assert_never(command)


def _named(calendar: Calendar) -> str:
    count = len(calendar.minutes) // 2
    return (
        f"a calendar of {count} sessions until {calendar.reaches:%FT%TZ}, grace {calendar.grace_minutes} "
        f"minutes, overnight {calendar.overnight}"
    )


def _result(command: Command, decision: Decision) -> CommandResult:
    of_it = [refusal for refusal in decision.refused if refusal.command_id == command.command_id]
    # An RDB that is not named in the sentence of its reason is named before it.
    reasons = tuple(
        f"{refusal.instance_id}: {reason}" if refusal.instance_id else reason
        for refusal in of_it
        for reason in refusal.reasons
    )
    if not of_it and isinstance(command, SetFloor):
        return _of_floor(command, decision)
    return CommandResult(command, _state(command, of_it), reasons)


def _with_replaced(result: CommandResult, replaced: Mapping[str, str]) -> CommandResult:
    text = replaced.get(result.command.command_id)
    return msgspec.structs.replace(result, reasons=(*result.reasons, text)) if text else result


def _of_floor(command: SetFloor, decision: Decision) -> CommandResult:
    """Say of a raise how far it goes, and what keeps its hosts from coming."""
    reached = max(decision.target or 0, decision.desired or 0, decision.counted)
    # Where nothing stands against it and nothing is raised, it is at the next look.
    whole = command.floor <= reached or decision.target is None
    state: ResultState = "carried-out" if whole else "partly-refused"
    reasons = (decision.reason,) if command.floor > reached else ()
    # Of hosts that are there nothing is awaited: what other launches lack is not about this floor.
    awaited = command.floor > decision.counted
    launches = (alert.text for alert in decision.alerts if awaited and alert.is_of("launch"))
    return CommandResult(command, state, (*reasons, *launches))


def _state(command: Command, refused: list[Refusal]) -> ResultState:
    if not refused:
        return "carried-out"
    if any(refusal.what == "too-old" for refusal in refused):
        return "too-old"
    parts = len(command.instance_ids) if isinstance(command, DrainRdbs) else 1
    whole = any(refusal.what == "undecided" for refusal in refused)
    return "refused" if whole or len(refused) >= parts else "partly-refused"
