"""The page of a sizing: one HTML file that opens offline and asks nobody for anything."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from highwater.size.picture import picture
from highwater.size.shown import common_of

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #6a737d; --line: #d8dde3;
  --short: #fdecea; --best: #0b6e4f; --cheaper: #b3541e; --row: #7a94b8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --paper: #14171a; --soft: #9aa4ae;
  --line: #2f363d; --short: #33201d; --best: #4cc38a; --cheaper: #f0975a; --row: #6f8db8; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.soft { color: var(--soft); } svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); } svg .name { fill: var(--ink); }
.line { stroke: var(--line); } .zero { stroke: var(--ink); stroke-width: 1.5; } .short { fill: var(--short); }
.row circle { fill: var(--row); fill-opacity: .7; } .best circle { fill: var(--best); }
.cheaper circle { fill: var(--cheaper); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; width: 100%; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } tr.best td { font-weight: 600; color: var(--best); }
tr.cheaper td { color: var(--cheaper); }
"""
HEADINGS = (
    "choice",
    "USD, average day",
    "USD, worst day",
    "minutes without a live RDB",
    "least cushion, minutes",
    "hosts at most",
    "GiB-hours, average day",
    "GiB-hours, worst day",
)


def render(result: Mapping[str, Any]) -> str:
    """Return the page of a result, as `highwater size --json` prints it."""
    best, cheaper, rows = result["recommended"], result["next_cheaper"], result["rows"]
    verdict = "Recommended" if result["holds"] else "The best that was tried"
    days = ", ".join(f"{day['day']} ({day['updates']:,} updates{_each(day)})" for day in result["days"])
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Size: {escape(best['choice'])}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        f"<h1>{escape(best['choice'])}</h1>",
        f"<p>{verdict}, since {escape(result['why'])}</p>",
        f"<p>{escape(result['risk'])}</p>",
        f"<p>{escape(result['if_doubling'])}</p>",
        picture(rows, best, cheaper),
        '<p class="soft">Each dot is a choice. Below the line updates wait in the log, and no query finds '
        "them until a live RDB has read them.</p>",
        f"<h2>Every choice</h2>\n<p>{escape(common_of(result) or '')}</p>",
        '<div class="wide"><table>',
        f"<thead><tr>{''.join(f'<th>{heading}</th>' for heading in HEADINGS)}</tr></thead><tbody>",
        *(_line(row, best, cheaper) for row in rows),
        "</tbody></table></div>",
        *_left_out(result["left_out"]),
        f'<p class="soft">Days: {escape(days)}. RDB hosts alone, by prices of {escape(result["prices"])} as '
        f"known in {escape(result['as_of'])}. Minutes are those of all days together.</p>",
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _each(day: Mapping[str, Any]) -> str:
    return f" of {day['kib_per_update']:g} KiB" if day["kib_per_update"] else ""


def _line(row: Mapping[str, Any], best: Any, cheaper: Any) -> str:
    kind = ' class="best"' if row == best else ' class="cheaper"' if row == cheaper else ""
    cells = (
        escape(row["name"]),
        f"{row['usd_average']:.2f}",
        f"{row['usd_worst']:.2f}",
        f"{row['minutes_without_live']:g}",
        "no roll" if row["least_cushion"] is None else f"{row['least_cushion']:g}",
        f"{row['hosts']}",
        f"{row['gib_hours_average']:,.0f}",
        f"{row['gib_hours_worst']:,.0f}",
    )
    return f"<tr{kind}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _left_out(left_out: Mapping[str, str]) -> Iterator[str]:
    if left_out:
        yield "<h2>Left out</h2>\n<ul>"
        yield from (f"<li>{escape(name)}: {escape(why)}</li>" for name, why in left_out.items())
        yield "</ul>"
