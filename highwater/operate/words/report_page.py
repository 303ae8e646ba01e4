"""The page of a day's report: one HTML file that opens offline and asks nobody for anything."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from highwater.drawing import drawing, embedded
from highwater.operate.words.day import DayTold
from highwater.operate.words.day_report import Money, Report, cushion_text, minutes_text
from highwater.operate.words.plain import clock, plain

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
Json = Mapping[str, Any]
_COMMAND = re.compile("`([^`]+)`")


def render(report: Report, chart: Json) -> str:
    """Return the page of a report, with the picture of its day, as `day_chart` gives it."""
    told = report.told
    until = "the whole day" if told.over else f"up to {clock(told.ends, told.ends)}"
    title = escape(f"{report.cluster}, {told.begins:%A %-d %B %Y}")
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{title} - Highwater</title>",
        f"<style>\n{drawing('vendor/uPlot.min.css')}\n{drawing('look.css')}\n</style>\n</head>\n<body>\n<main>",
        f'<header class="{"bad" if told.minutes_without_live else "good"}">',
        f'<p class="note">Highwater: the report of a day, by UTC, {until}</p>\n<h1>{title}</h1>',
        f'<p class="note">{escape(_verdict(report))}</p>\n</header>\n<dl class="key">',
        *(_card(*card) for card in _cards(report)),
        "</dl>",
        *_pictures(chart),
        *_costs(report.money),
        *_alerts(told),
        "<section>\n<h2>Not known</h2>\n<ul>",
        *(f"<li>{_COMMAND.sub(r'<code>\1</code>', escape(text))}</li>" for text in report.not_known),
        "</ul>\n</section>\n</main>",
        f'<script type="application/json" id="day">{embedded(_filled(chart))}</script>\n<script>',
        f"/*\n{drawing('vendor/uPlot.LICENSE')}\n*/\n{drawing('vendor/uPlot.iife.min.js')}",
        f"{drawing('charts.js')}\n{drawing('page.js')}\n</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _verdict(report: Report) -> str:
    whole, static = report.money.whole, report.money.static_whole
    if whole is None or static is None:
        return "What one static host would have cost is not known: see at the end what to give."
    saved = 100 * (1 - whole / static)
    with_all = f"{_usd(whole)} with all that it needs, {_usd(static)} on one static host"
    return f"{with_all}: {abs(saved):.0f} % {'saved' if saved >= 0 else 'more spent'}."


def _cards(report: Report) -> Iterator[tuple[str, str, str, bool]]:
    """Yield name, value, what else to say, and whether it is bad."""
    told, money = report.told, report.money
    ends = f"{told.hosts_at_begin} at its begin, {told.hosts_at_end} at its end"
    yield "Hosts", f"{told.most_hosts} at most", ends, False
    hours = f"{told.host_hours:,.1f} hours of RDB hosts"
    if report.gib_hours is None:
        yield "GiB-hours", "not known", hours, False
    else:
        yield "GiB-hours", f"{report.gib_hours:,.0f}", f"{hours}, at {report.host_gib:.1f} GiB each", False
    of_all = "" if money.whole is None else f"; {_usd(money.whole)} with all that it needs"
    yield "Cost", _usd(money.hosts), f"of RDB hosts{of_all}", False
    static = f"{_usd(money.static_whole)} with what it needs" if money.static_whole else "for 24 hours"
    if report.static_gib is not None:
        static += "; of {:.1f} to {:.1f} GiB".format(*report.static_gib)
    yield "One static host", _usd(money.static_host), static, False
    yield "Launches", f"{told.launches}", f"asked for; {told.releases} released", False
    rolled = f"{len(told.rolled)} of {len(told.took)} RDBs that were live rolled"
    yield "Least cushion", cushion_text(told), rolled, False
    gap = told.minutes_without_live
    yield "Without a live RDB", minutes_text(gap), "as far as alerts tell", gap > 0
    standing = sum(alert.until is None for alert in told.alerts)
    yield "Alerts", f"{len(told.alerts)}", f"{standing or 'none'} of them now", standing > 0


def _card(name: str, value: str, more: str, bad: bool) -> str:
    words = f"<dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd>"
    return f"<div{' class="bad"' if bad else ''}>{words}</div>"


def _pictures(chart: Json) -> Iterator[str]:
    yield (
        '<div>\n<section>\n<h2>Hosts</h2>\n<p class="note legend"><span class="is-desired">desired capacity'
        '</span><span class="is-alive">hosts that count</span><span class="is-used">with room</span></p>'
        '\n<div id="capacity" role="img" aria-label="Desired capacity, hosts that count and those with room '
        'over the day"></div>\n</section>\n<section>\n<h2>Memory</h2>\n<p class="note">As the decisions tell '
        "it, straight lines between. The bar at the top shows who is live, from the first decision that says "
        'so. RDBs go by the beginning of their ids.</p>\n<div id="memory" role="img" aria-label="Memory of '
        'RDBs over the day in percent, with the thresholds"></div>\n<div id="events" role="img" aria-label='
        '"Launches, rolls, requests to drain and releases over the day"></div>\n</section>'
    )
    if any(chart["timeline"][kind] for kind in ("events", "answers", "alerts")):
        yield (
            '<section>\n<h2>What was asked, refused and told</h2>\n<div id="timeline" role="img" aria-label='
            '"Requests, refusals and alerts over the day"></div>\n</section>'
        )
    yield (
        '<div class="reading">\n<input type="range" id="minute" min="0" value="0" aria-label="Time of day">\n'
        '<output id="reading" for="minute">Point at a chart, or move the slider, to read a minute. Drag over '
        "a chart to zoom in; a double click shows the whole day.</output>\n</div>\n</div>"
    )


def _costs(money: Money) -> Iterator[str]:
    if money.whole is None or money.hosts is None:
        return
    names = [*money.parts, *(name for name in money.static_parts if name not in money.parts)]
    rows = [
        ("RDB hosts", money.hosts, money.static_host),
        *((name, money.parts.get(name), money.static_parts.get(name)) for name in names),
        ("in all", money.whole, money.static_whole),
    ]
    yield '<section class="costs">\n<h2>Costs in USD</h2>\n<table>\n<thead><tr><th scope="col"></th>'
    yield '<th scope="col">this cluster</th><th scope="col">one static host</th></tr></thead>\n<tbody>'
    for name, *both in rows:
        cells = "".join(f"<td>{'-' if usd is None else f'{usd:,.2f}'}</td>" for usd in both)
        yield f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'
    yield "</tbody></table>\n</section>"


def _alerts(told: DayTold) -> Iterator[str]:
    yield '<section class="told">\n<h2>Alerts</h2>'
    if not told.alerts:
        yield "<p>none</p>\n</section>"
        return
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("From and to", "Alert", "In words"))
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    for alert in told.alerts:
        ends = "stands" if alert.until is None else f"to {clock(alert.until, told.begins)}"
        cells = (f"{clock(alert.since, told.begins)} {ends}", alert.key, plain(alert.text, told.begins))
        yield f'<tr class="alert">{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
    yield "</tbody></table>\n</section>"


def _filled(chart: Json) -> dict[str, Any]:
    """Give each RDB its percentages by minute, as `drawDay` takes them; most minutes have none."""
    rdbs = []
    for rdb in chart["rdbs"]:
        known = dict(rdb["known"])
        rdbs.append({**rdb, "from": 0, "percent": [known.get(minute) for minute in chart["minutes"]]})
    return {**chart, "rdbs": rdbs}


def _usd(value: float | None) -> str:
    return "not known" if value is None else f"${value:,.2f}"
