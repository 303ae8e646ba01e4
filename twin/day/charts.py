"""The two charts of the day's page as inline SVG, on one time axis."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

Point = tuple[float, float]

WIDTH, LEFT, RIGHT = 1120, 72, 30
END = 1485.0
MOST_POINTS = 500
COLOURS = 8
LABEL_ROW = 14
MEMORY_HEIGHT, CAPACITY_HEIGHT = 300, 170
LANES = {
    "launch": ("launches", "M0,-5L5,4H-5Z"),
    "roll": ("rolls", "M0,-5.5L5.5,0L0,5.5L-5.5,0Z"),
    "drained": ("drained", "M-4,-4H4V4H-4Z"),
    "release": ("releases", "M0,5L5,-4H-5Z"),
}
LANE_HEIGHT = 20


def clock(minute: float) -> str:
    """A minute of the day as HH:MM. The hour after the day is 24, as on the axis."""
    hours, minutes = divmod(int(minute), 60)
    return f"{hours:02}:{minutes:02}"


def windows(samples: Mapping[str, Any]) -> dict[str, int]:
    """The place of each RDB in the order of windows, by when it first went live."""
    lived: dict[str, float] = {}
    for event in (e for e in samples["events"] if e["kind"] == "live"):
        instance_id, minute = str(event["instance_id"]), float(event["minute"])
        lived[instance_id] = min(minute, lived.get(instance_id, minute))
    # Events start at midnight. Who took data with no event of going live was live before.
    for instance_id, series in samples["memory"].items():
        if len({percent for _, percent in series}) > 1:
            lived.setdefault(instance_id, -1.0)
    return {i: place for place, i in enumerate(sorted(lived, key=lambda i: lived[i]), 1)}


def short(instance_id: str) -> str:
    """The end of an instance id, where ids differ."""
    return instance_id[-4:]


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """The points that draw the same line (Ramer-Douglas-Peucker), coarser until they are few enough."""
    if len(points) < 3:
        return list(points)
    values = [value for _, value in points]
    tolerance = (max(values) - min(values)) / 1000
    kept = _simplified(points, tolerance)
    while len(kept) > most:
        tolerance *= 2
        kept = _simplified(points, tolerance)
    return kept


def _simplified(points: Sequence[Point], tolerance: float) -> list[Point]:
    kept, open_spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
        off = [
            (abs(y - y0 - slope * (x - x0)), first + 1 + at)
            for at, (x, y) in enumerate(points[first + 1 : last])
        ]
        far, at = max(off, default=(0.0, 0))
        if far > tolerance:
            kept.add(at)
            open_spans += [(first, at), (at, last)]
    return [points[at] for at in sorted(kept)]


def memory_chart(samples: Mapping[str, Any], scale: float, roll: float) -> str:
    """The memory of each RDB, both thresholds, and a lane for each kind of event."""
    order = windows(samples)
    ids = sorted(
        (i for i in samples["memory"] if samples["memory"][i]), key=lambda i: order.get(i, len(order) + 1)
    )
    labels, top = _labels(samples["memory"], ids, order, roll)
    bottom = top + MEMORY_HEIGHT
    lanes_end = bottom + 8 + LANE_HEIGHT * len(LANES)
    parts = [
        _axis(top, lanes_end),
        *(_gridline(_y(value, 100, top, bottom), f"{value} %") for value in range(0, 101, 20)),
    ]
    for name, value in (("scale threshold", scale), ("roll threshold", roll)):
        y = _y(value, 100, top, bottom)
        parts.append(f'<line class="threshold" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="on" x="{LEFT + 8}" y="{y - 5:.1f}">{name} {value:g} %</text>')
    for at, instance_id in enumerate(ids):
        points = thinned([(float(m), float(p)) for m, p in samples["memory"][instance_id]])
        path = _path((_x(m), _y(p, 100, top, bottom)) for m, p in points)
        peak = max(p for _, p in points)
        title = escape(f"{_name(instance_id, order)} ({instance_id}), at most {peak:.1f} %")
        parts.append(f'<path class="rdb c{at % COLOURS}" d="{path}"><title>{title}</title></path>')
    parts.append(labels)
    parts.append(_lanes(samples, order, {i: at for at, i in enumerate(ids)}, bottom + 8))
    return _svg(lanes_end + 40, "Memory of each RDB over the day in percent, with both thresholds", parts)


def capacity_chart(samples: Mapping[str, Any]) -> str:
    """Desired capacity and hosts alive, against the memory in use as hosts' worth."""
    used: dict[float, float] = {float(m): 0.0 for m in samples["minutes"]}
    for series in samples["memory"].values():
        for minute, percent in series:
            used[float(minute)] = used.get(float(minute), 0.0) + float(percent) / 100
    highest = max([1, *samples["desired"], *samples["alive"], *(int(u) + 1 for u in used.values())])
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100) if highest / s <= 6 or s == 100)
    limit, top = -(-highest // step) * step, 14
    bottom = top + CAPACITY_HEIGHT
    parts = [
        _axis(top, bottom),
        *(_gridline(_y(v, limit, top, bottom), str(v)) for v in range(0, limit + 1, step)),
    ]
    area = [(_x(m), _y(u, limit, top, bottom)) for m, u in thinned(sorted(used.items()))]
    if area:
        path = f"{_path(area)}V{bottom}H{area[0][0]:.1f}Z"
        parts.append(f'<path class="usage" d="{path}"><title>Memory in use, hosts\' worth</title></path>')
    for kind, title in (("alive", "Hosts alive"), ("desired", "Desired capacity")):
        points = list(zip(samples["minutes"], samples[kind], strict=True))
        steps = thinned(_steps([(_x(float(m)), _y(float(v), limit, top, bottom)) for m, v in points]))
        parts.append(f'<path class="{kind}" d="{_path(steps)}"><title>{title}</title></path>')
    return _svg(bottom + 40, "Desired capacity and hosts alive against memory in use, in hosts", parts)


def _labels(
    memory: Mapping[str, Sequence[Sequence[float]]],
    ids: Sequence[str],
    order: Mapping[str, int],
    roll: float,
) -> tuple[str, int]:
    """A label at each line, and how far down the plot starts to leave room for them."""
    placed: list[tuple[float, float, float]] = []
    marks = []
    for at, instance_id in enumerate(ids):
        text = _name(instance_id, order)
        half = 3.8 * len(text) + 4
        minute, peak = max(memory[instance_id], key=lambda point: (point[1], -point[0]))
        peak_x, peak_y = _x(minute), _y(peak, 100, 0, MEMORY_HEIGHT)
        # Full RDBs all peak on the roll threshold, where text would cover the lines; above 100 % is free.
        full = peak > roll - 2
        x, y = (peak_x, -6.0) if full else (peak_x + half + 6, peak_y - 8)
        x = min(max(x, LEFT + half), WIDTH - RIGHT - half)
        while any(abs(x - other) < half + wide and abs(y - down) < LABEL_ROW for other, down, wide in placed):
            y -= LABEL_ROW
        placed.append((x, y, half))
        colour = f"c{at % COLOURS}"
        if full:
            marks.append(f'<path class="tie {colour}" d="M{x:.1f},{y + 3:.1f}L{peak_x:.1f},{peak_y:.1f}"/>')
        marks.append(f'<text class="name {colour}" x="{x:.1f}" y="{y:.1f}">{text}</text>')
    top = round(14 - min([0.0, *(y for _, y, _ in placed)]))
    # Text after all ties, so that no tie crosses a label.
    marks.sort(key=lambda mark: mark.startswith("<text"))
    return f'<g transform="translate(0,{top})">{"".join(marks)}</g>', top


def _lanes(
    samples: Mapping[str, Any], order: Mapping[str, int], colours: Mapping[str, int], top: float
) -> str:
    parts = []
    for row, (kind, (name, glyph)) in enumerate(LANES.items()):
        y = top + LANE_HEIGHT * (row + 0.5)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 10}" y="{y + 4:.1f}">{name}</text>')
        events = [e for e in samples["events"] if e["kind"] == kind]
        for group in _together(events):
            lines = (f"{clock(max(m, 0))} {kind}: {_name(i, order)} ({escape(i)})" for m, i in group)
            x, last = _x(group[0][0]), group[-1][1]
            colour = f"c{colours[last] % COLOURS}" if last in colours and len(group) == 1 else ""
            parts.append(
                f'<path class="event {colour}" transform="translate({x:.1f},{y:.1f})" d="{glyph}">'
                f"<title>{'\n'.join(lines)}</title></path>"
            )
            if len(group) > 1:
                parts.append(f'<text class="tick" x="{x - 8:.1f}" y="{y + 4:.1f}">{len(group)}</text>')
    return "".join(parts)


def _together(events: Sequence[Mapping[str, Any]]) -> list[list[tuple[float, str]]]:
    # Releases come seconds apart: glyphs on top of each other would hide all but the last.
    groups: list[list[tuple[float, str]]] = []
    for minute, instance_id in sorted((float(e["minute"]), str(e["instance_id"])) for e in events):
        if groups and _x(minute) - _x(groups[-1][-1][0]) < 7:
            groups[-1].append((minute, instance_id))
        else:
            groups.append([(minute, instance_id)])
    return groups


def _name(instance_id: str, order: Mapping[str, int]) -> str:
    place = f"#{order[instance_id]}" if instance_id in order else "standby"
    return escape(f"{place} {short(instance_id)}")


def _axis(top: float, bottom: float) -> str:
    parts = []
    for minute in [*range(0, 1441, 120), END]:
        x = _x(minute)
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>')
        # The end of the axis is too close to 24:00 for both to be centred.
        kind, x = ("hour end", x - 9) if minute == END else ("hour", x)
        parts.append(f'<text class="{kind}" x="{x:.1f}" y="{bottom + 17:.1f}">{clock(minute)}</text>')
    parts.append(
        f'<text class="hour" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{bottom + 34:.1f}">hours UTC</text>'
    )
    return "".join(parts)


def _gridline(y: float, text: str) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{LEFT - 10}" y="{y + 4:.1f}">{text}</text>'
    )


def _steps(points: Sequence[Point]) -> list[Point]:
    corners = list(points[:1])
    for (_, before), (x, y) in pairwise(points):
        corners.extend([(x, before), (x, y)] if y != before else [(x, y)])
    return corners


def _svg(height: float, title: str, parts: Iterable[str]) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(title)}">'
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(parts)}</svg></div>"
    )


def _path(points: Iterable[Point]) -> str:
    text = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"M{text}" if text else ""


def _x(minute: float) -> float:
    # What happened before midnight, such as the first launch, sits on the left edge.
    return LEFT + (WIDTH - LEFT - RIGHT) * min(max(minute, 0.0), END) / END


def _y(value: float, limit: float, top: float, bottom: float) -> float:
    return bottom - (bottom - top) * value / limit
