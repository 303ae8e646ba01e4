"""Which row is recommended, why, and what the next cheaper one would risk. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from highwater.size.rows import Row


class Advice(NamedTuple):
    """The row, whether it holds every day, why, and what the next cheaper one risks."""

    recommended: Row
    holds: bool
    why: str
    cheaper: Row | None
    risk: str


def advise(rows: Sequence[Row], cushion: float) -> Advice:
    """Recommend the cheapest row that has a standby so many minutes before each roll, and always a live RDB.

    A lead is no choice: it is what hosts take, so that rows are judged at the longest one tried. Where no row
    holds every day, the one with the fewest minutes without a live RDB is recommended, and the reason says
    so.
    """
    lead = max(row.choice.lead for row in rows)
    judged = [row for row in rows if row.choice.lead == lead]
    safe = [row for row in judged if _holds(row, cushion)]
    best = min(safe, key=_by_cost) if safe else min(judged, key=_by_risk)
    cheaper = max((row for row in judged if row.usd < best.usd), key=lambda row: row.usd, default=None)
    days = f"{len(best.days)} days" if len(best.days) > 1 else "the day"
    count = "1 choice" if len(judged) == 1 else f"{len(judged)} choices"
    of = f"of {count}" + (f" at the longest lead, {lead} s," if len(judged) < len(rows) else "")
    if safe:
        spare = "none of its RDBs rolls" if best.least_cushion is None else _spare(best)
        why = (
            f"it is the cheapest {of} that has a live RDB all through {days}, and a standby in time: {spare}."
        )
    else:
        spare = "and a standby " + (f"{cushion:g} minutes before" if cushion else "by") + " each roll"
        fewest = "this one has the fewest minutes without a live RDB"
        why = f"none {of} has a live RDB all through {days} {spare}; {fewest}: {_risk(best)}."
    return Advice(best, bool(safe), why, cheaper, _said(cheaper, best))


def _holds(row: Row, cushion: float) -> bool:
    least = row.least_cushion
    enough = least is None or 0 < least >= cushion
    return not row.minutes_without_live and not row.unheld and not row.full and enough


def _by_cost(row: Row) -> tuple[float, float]:
    return row.usd, -(row.least_cushion or 0.0)


def _by_risk(row: Row) -> tuple[int, float, bool, float, float]:
    least = float("inf") if row.least_cushion is None else row.least_cushion
    return row.unheld, row.minutes_without_live, bool(row.full), -least, row.usd


def _spare(row: Row) -> str:
    return f"the least cushion is {row.least_cushion:.1f} minutes, on {row.worst.day}"


def _risk(row: Row) -> str:
    """Return what may go wrong with a row, in words."""
    parts = []
    if row.unheld:
        parts.append(f"{row.unheld:,} updates in no RDB when the day ends")
    if row.full:
        parts.append(f"MaxSize reached on {', '.join(row.full)}")
    if row.minutes_without_live:
        worst, together = row.worst, row.minutes_without_live
        most = "all" if worst.minutes_without_live == together else f"{worst.minutes_without_live:g}"
        parts.append(f"{together:g} minutes without a live RDB, {most} of them on {worst.day}")
    elif row.least_cushion is not None:
        parts.append(f"a least cushion of {row.least_cushion:.1f} minutes, on {row.worst.day}")
    return " and ".join(parts) or "nothing that these days show"


def doubled(row: Row | None, misfit: str | None) -> str:
    """Return what the recommended choice would be where columns double, or why it would hold no day then."""
    if row is None:
        return f"Where columns double (--memory doubling) it holds too little: {misfit}"
    return (
        f"Where columns double (--memory doubling) it would cost {row.usd:.2f} USD a day, with {row.hosts} "
        f"hosts at most, and risk {_risk(row)}."
    )


def _said(cheaper: Row | None, best: Row) -> str:
    if cheaper is None:
        return "No choice that was tried is cheaper."
    saved = best.usd - cheaper.usd
    return f"The next cheaper, {cheaper.choice}, would save {saved:.2f} USD a day and risk {_risk(cheaper)}."
