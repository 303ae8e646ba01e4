"""The picture of a sizing: cost against risk, as SVG."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, copysign, floor, log10
from typing import Any, NamedTuple

WIDTH, HEIGHT = 920, 460
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 40, 48
# The rounder come first: others are left out where they would be too near.
TICKS = (1, 10, 100, 1000, 5, 50, 500, 2, 20, 200)
APART = 18
# Each dot has its name where they are few, unless it would be upon another name: these are about so large.
NAMED, LETTER, LINE = 12, 6.5, 14

Row = Mapping[str, Any]


def picture(rows: Sequence[Row], recommended: Row, cheaper: Row | None) -> str:
    """Return the SVG. A dot is a row: to the right it costs more, further up it has more time to spare.

    Above the line of 0 it is the least cushion, below it the minutes without a live RDB, both in powers of
    ten. Rows in which no RDB rolls are at the top.
    """
    across = _Across([row["usd_average"] for row in rows])
    up = _Up([_spare(row) for row in rows])
    dots: list[str] = []
    names: list[_Name] = []
    for kind, row in sorted(((_kind(row, recommended, cheaper), row) for row in rows), key=_rank):
        x, y = across.at(row["usd_average"]), up.at(_spare(row))
        name = _Name.of(kind, row, x, y)
        shown = kind != "row" or (len(rows) <= NAMED and not any(map(name.is_upon, names)))
        names += [name] if shown else []
        dots.append(_dot(kind, row, x, y, name.text() if shown else ""))
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Cost against risk">'
    return "\n".join([head, *_grid(across, up), *dots, "</svg>"])


class _Name(NamedTuple):
    """The name beside a dot, from `left` to `right`: before the dot where it is far to the right."""

    words: str
    left: float
    right: float
    y: float
    before: bool

    @classmethod
    def of(cls, kind: str, row: Row, x: float, y: float) -> "_Name":
        words = {"best": "recommended: ", "cheaper": "next cheaper: "}.get(kind, "") + row["name"]
        before, wide = x >= WIDTH * 0.7, LETTER * len(words)
        left = x - 10 - wide if before else x + 10
        return cls(words, left, left + wide, y, before)

    def is_upon(self, other: "_Name") -> bool:
        return abs(self.y - other.y) < LINE and self.left < other.right and other.left < self.right

    def text(self) -> str:
        aside = f'x="{self.right:.1f}" text-anchor="end"' if self.before else f'x="{self.left:.1f}"'
        return f'<text class="name" {aside} y="{self.y + 4:.1f}">{escape(self.words)}</text>'


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
        drawn = [self.at(0)]
        yield 0
        for tick in (signed for size in TICKS for signed in (size, -size)):
            inside = self.low < _power(tick) < self.high
            if inside and all(abs(self.at(tick) - other) >= APART for other in drawn):
                drawn.append(self.at(tick))
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


def _rank(dot: tuple[str, Row]) -> int:
    return ("best", "cheaper", "row").index(dot[0])


def _dot(kind: str, row: Row, x: float, y: float, label: str) -> str:
    said = f"{row['choice']}: {row['usd_average']:.2f} USD a day, {risk_of(row)}"
    return (
        f'<g class="{kind}"><title>{escape(said)}</title>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if kind == "row" else 7}"/>'
        f"{label}</g>"
    )


def risk_of(row: Row) -> str:
    """Return the risk of a row in words."""
    if row["minutes_without_live"]:
        return f"{row['minutes_without_live']:g} minutes without a live RDB"
    if row["least_cushion"] is None:
        return "no RDB rolls"
    return f"least cushion {row['least_cushion']:g} minutes"
