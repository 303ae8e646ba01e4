"""What some wake-ups bring: the facts in the ledger, the commands, and who woke."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.core.commands.holds import without_ended_holds
from chalicelib.core.facts.clocks import with_ahead
from chalicelib.core.facts.folding import with_reports, without_old_commands
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.tickerplant import tickerplant_after
from chalicelib.core.facts.wake_ups import Command, Trigger, WakeUp
from chalicelib.core.facts.windows import tiled_from_heard


def commands_of(wake_ups: Iterable[WakeUp]) -> list[Command]:
    """Return the operators' commands."""
    return [wake_up.command for wake_up in wake_ups if wake_up.command]


def triggers_of(wake_ups: Iterable[WakeUp]) -> tuple[Trigger, ...]:
    """Return the triggers, each once."""
    return tuple(dict.fromkeys(wake_up.trigger for wake_up in wake_ups))


def with_facts(
    known: Ledger, wake_ups: Iterable[WakeUp], now: datetime
) -> tuple[Ledger, tuple[str, ...], tuple[str, ...]]:
    """Return the ledger with the reports of some wake-ups, what was ignored, and the holds that ended."""
    ledger, noted = with_reports(known, ((w.report, w.at, w.verdict) for w in wake_ups if w.report))
    ledger = with_ahead(ledger, ((w.ahead, w.at) for w in wake_ups if w.ahead))
    said = ((w.tickerplant, w.at) for w in wake_ups if w.tickerplant)
    tickerplant, ignored = tickerplant_after(ledger.tickerplant, said)
    tiled_from = tiled_from_heard(ledger.tiled_from, ledger.tickerplant, tickerplant)
    ledger = msgspec.structs.replace(ledger, tickerplant=tickerplant, tiled_from=tiled_from)
    ledger, ended = without_ended_holds(without_old_commands(ledger, now), now)
    return ledger, (*noted, *ignored), ended
