"""The picture of a sizing: cost against risk, as SVG."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, copysign, floor, log10
from typing import Any

WIDTH, HEIGHT = 920, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 40, 48
TICKS = (0, 1, 10, 100, 1000)
# Each dot has its name where they are few.
NAMED = 12

Row = Mapping[str, Any]


def picture(rows: Sequence[Row], recommended: Row, cheaper: Row | None) -> str:
    """Return the SVG. A dot is a row: to the right it costs more, further up it has more time to spare.

    Above the line of 0 it is the least cushion, below it the minutes without a live RDB, both in powers of
    ten. Rows in which no RDB rolls are at the top.
    """
    across = _Across([row["usd_average"] for row in rows])
    up = _Up([_spare(row) for row in rows])
    named, dots = len(rows) <= NAMED, []
    for row in rows:
        at = across.at(row["usd_average"]), up.at(_spare(row))
        dots.append(_dot(row, at, _kind(row, recommended, cheaper), named))
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Cost against risk">'
    return "\n".join([head, *_grid(across, up), *dots, "</svg>"])


class _Across:
    def __init__(self, costs: Sequence[float]) -> None:
        span = max(costs) - min(costs) or max(costs) or 1.0
        self.step = _step(span / 6)
        self.low = floor((min(costs) - span * 0.03) / self.step) * self.step
        self.high = ceil((max(costs) + span * 0.03) / self.step) * self.step

    def at(self, usd: float) -> float:
        return LEFT + (usd - self.low) / (self.high - self.low) * (WIDTH - LEFT - RIGHT)

    def ticks(self) -> Iterator[float]:
        yield from (self.low + n * self.step for n in range(round((self.high - self.low) / self.step) + 1))


class _Up:
    def __init__(self, spares: Sequence[float | None]) -> None:
        known = [_power(spare) for spare in spares if spare is not None]
        self.low, self.high = min([-0.5, *known]) - 0.15, max([0.5, *known]) + 0.15

    def at(self, spare: float | None) -> float:
        if spare is None:
            return TOP / 2
        return TOP + (self.high - _power(spare)) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def ticks(self) -> Iterator[float]:
        for tick in (*(-tick for tick in TICKS[1:]), *TICKS):
            if self.low < _power(tick) < self.high:
                yield tick


def _spare(row: Row) -> float | None:
    """Return the minutes to spare: negative are those without a live RDB, none is a day without a roll."""
    missed: float = row["minutes_without_live"]
    cushion: float | None = row["least_cushion"]
    return -missed if missed else cushion


def _power(value: float) -> float:
    return copysign(log10(1 + abs(value)), value)


def _step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= least)


def _grid(across: _Across, up: _Up) -> Iterator[str]:
    zero = up.at(0)
    yield f'<rect class="short" x="{LEFT}" y="{zero:.1f}" width="{WIDTH - LEFT - RIGHT}"'
    yield f'  height="{HEIGHT - BOTTOM - zero:.1f}"/>'
    for tick in up.ticks():
        y = up.at(tick)
        kind = "zero" if tick == 0 else "line"
        yield f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{abs(tick):g}</text>'
    for usd in across.ticks():
        x = across.at(usd)
        yield f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 28}" text-anchor="middle">{usd:.4g}</text>'
    yield f'<text class="title" x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">USD a day</text>'
    yield f'<text class="title" x="{LEFT + 6}" y="{TOP + 12}">least cushion, minutes</text>'
    yield f'<text class="title" x="{LEFT + 6}" y="{HEIGHT - BOTTOM - 8}">minutes without a live RDB</text>'
    yield f'<text class="tick" x="{LEFT - 8}" y="{TOP / 2 + 4}" text-anchor="end">no roll</text>'


def _kind(row: Row, recommended: Row, cheaper: Row | None) -> str:
    return "best" if row == recommended else "cheaper" if row == cheaper else "row"


def _dot(row: Row, at: tuple[float, float], kind: str, named: bool) -> str:
    x, y = at
    said = f"{row['choice']}: {row['usd_average']:.2f} USD a day, {risk_of(row)}"
    name = {"best": "recommended: ", "cheaper": "next cheaper: "}.get(kind, "") + row["name"]
    aside = f'x="{x + 10:.1f}"' if x < WIDTH * 0.7 else f'x="{x - 10:.1f}" text-anchor="end"'
    label = f'<text class="name" {aside} y="{y + 4:.1f}">{escape(name)}</text>'
    return (
        f'<g class="{kind}"><title>{escape(said)}</title>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if kind == "row" else 7}"/>'
        f"{label if named or kind != 'row' else ''}</g>"
    )


def risk_of(row: Row) -> str:
    """Return the risk of a row in words."""
    if row["minutes_without_live"]:
        return f"{row['minutes_without_live']:g} minutes without a live RDB"
    if row["least_cushion"] is None:
        return "no RDB rolls"
    return f"least cushion {row['least_cushion']:g} minutes"
