"""Bounds of the ledger, which is one item of at most 400 KB (rule 12)."""

from collections.abc import Callable, Iterator

import msgspec

from chalicelib.contract.report import Report
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Ledger
from chalicelib.core.facts.rdb import Hold, Rdb
from chalicelib.core.facts.states import may_take_data
from chalicelib.core.facts.text import SHORT_BYTES, cut

STRANGERS_KEPT = 50
COMMANDS_NEEDED = 20
# Of the 409,600 that an item may have.
LEDGER_BYTES = 360_000
# From here on it is told.
TOLD_BYTES = 330_000


def size_of(ledger: Ledger) -> int:
    """Return the bytes of the ledger's document."""
    return len(msgspec.json.encode(ledger))


def strangers_of(ledger: Ledger) -> tuple[str, ...]:
    """Return the instances that report and that no Describe has ever shown, the newest first.

    One on hold is none: an operator knows it.
    """
    heard = [
        (rdb.received_at or rdb.first_seen, instance_id)
        for instance_id, rdb in ledger.rdbs.items()
        if rdb.member_seen is None and rdb.hold is None
    ]
    return tuple(instance_id for _, instance_id in sorted(heard, reverse=True))


def without_surplus_strangers(ledger: Ledger) -> Ledger:
    """Return the ledger with the newest strangers: who reports again is among them again."""
    surplus = frozenset(strangers_of(ledger)[STRANGERS_KEPT:])
    return _without(ledger, surplus) if surplus else ledger


def alerts_of_bounds(ledger: Ledger) -> Iterator[Alert]:
    """Yield what to tell: strangers in number, or a ledger near its bound without what goes first."""
    strangers = strangers_of(ledger)
    if len(strangers) >= STRANGERS_KEPT:
        yield Alert.of(
            "strangers",
            f"{STRANGERS_KEPT} instances or more report that are not in the group; the newest are kept. Who "
            f"may publish to the cluster's topic invents instances: look on its hosts and in CloudTrail",
        )
    needed = _without(ledger, frozenset(strangers))
    size = size_of(needed)
    if size >= TOLD_BYTES and (size := size_of(_without_places(needed))) >= TOLD_BYTES:
        yield Alert.of(
            "ledger",
            f"the ledger has {len(ledger.rdbs) - len(strangers)} RDBs and {size // 1000} of the 400 KB that "
            f"it may have; above {LEDGER_BYTES // 1000} KB what is least needed is dropped: let drained RDBs "
            f"go, and lower MaxSize",
        )


def within_bounds(ledger: Ledger) -> Ledger:
    """Return the ledger without what is least needed, as far as it would be too large to be written.

    The order is that of SHRINKS. What the gate, raises and holds need is never dropped: members, states,
    rows, proofs, readings, releases, that an RDB is on hold, and the capacity that was asked for.
    """
    for shrink in SHRINKS:
        if size_of(ledger) <= LEDGER_BYTES:
            break
        ledger = shrink(ledger)
    return ledger


def _without_strangers(ledger: Ledger) -> Ledger:
    return _without(ledger, frozenset(strangers_of(ledger)))


def _without_places(ledger: Ledger) -> Ledger:
    """Drop what is for people, and comes with the next report: places, times, reasons, releases."""
    return _each(
        ledger,
        lambda rdb: msgspec.structs.replace(
            rdb, report=rdb.report and _placeless(rdb.report), release=None, q_release=None
        ),
    )


def _placeless(report: Report) -> Report:
    return msgspec.structs.replace(report, host=None, port=None, first_time=None, last_time=None, why=None)


def _with_short_sentences(ledger: Ledger) -> Ledger:
    """Cut why a proof does not hold, and why an RDB is on hold; that it is stays."""
    return _each(
        ledger,
        lambda rdb: msgspec.structs.replace(
            rdb, unproven=cut(rdb.unproven, SHORT_BYTES), hold=rdb.hold and _short(rdb.hold)
        ),
    )


def _without_slopes(ledger: Ledger) -> Ledger:
    """Drop the earlier reading of RDBs that take no more data: a slope says when the live one is full."""
    return _each(
        ledger,
        lambda rdb: msgspec.structs.replace(rdb, earlier=None) if not may_take_data(rdb.state_said) else rdb,
    )


def _without_trails(ledger: Ledger) -> Ledger:
    """Drop the trails, by which the rate is known: CloudWatch has those of metrics again at the next look."""
    return _each(ledger, lambda rdb: msgspec.structs.replace(rdb, trail=()))


def _with_newest_commands(ledger: Ledger) -> Ledger:
    newest = sorted(ledger.commands.items(), key=lambda known: known[1])[-COMMANDS_NEEDED:]
    return msgspec.structs.replace(ledger, commands=dict(newest))


# The least needed first.
SHRINKS: tuple[Callable[[Ledger], Ledger], ...] = (
    _without_strangers,
    _without_places,
    _with_short_sentences,
    _without_slopes,
    _with_newest_commands,
    _without_trails,
)


def _short(hold: Hold) -> Hold:
    return msgspec.structs.replace(hold, reason=cut(hold.reason, SHORT_BYTES))


def _each(ledger: Ledger, change: Callable[[Rdb], Rdb]) -> Ledger:
    return msgspec.structs.replace(ledger, rdbs={i: change(rdb) for i, rdb in ledger.rdbs.items()})


def _without(ledger: Ledger, instances: frozenset[str]) -> Ledger:
    kept = {i: rdb for i, rdb in ledger.rdbs.items() if i not in instances}
    return msgspec.structs.replace(ledger, rdbs=kept)
