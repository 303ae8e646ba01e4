"""A day's result as one HTML page that opens offline."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from twin.day.charts import capacity_chart, memory_chart

CSS = Path(__file__).with_name("page.css")
NONE = "n/a"


def render(result: Mapping[str, Any], samples: Mapping[str, Any]) -> str:
    """The page of a day, from its result and its samples by minute."""
    options = result["options"]
    scale, roll = float(options["scale"]), float(options["roll"])
    title = _verdict(result)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - Highwater</title>
<style>
{CSS.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<header class="verdict {"" if _safe(result) else "bad"}">
<p class="kind">Highwater: one simulated day of a cluster</p>
<h1>{escape(title)}</h1>
<p class="kind">{escape(_options(options))}</p>
</header>
{_key_numbers(result)}
<section>
<h2>Memory of each RDB</h2>
<p class="note">The live RDB fills to the roll threshold and is rolled: a standby takes over. It keeps its
window until it has drained, and only then is it released. #1, #2, ... is the order of the windows.</p>
{memory_chart(samples, scale, roll)}
</section>
<section>
<h2>Capacity against usage, in hosts</h2>
<div class="legend"><span class="is-desired">desired capacity</span><span class="is-alive">hosts alive</span>
<span class="is-usage">memory in use, as hosts' worth</span></div>
{capacity_chart(samples)}
</section>
<section>
<h2>Figures</h2>
<div class="tables">{_figures(result)}{_reactions(result)}{_calls(result)}</div>
</section>
{_decisions(result["decisions"])}
</main>
</body>
</html>
"""


def _safe(result: Mapping[str, Any]) -> bool:
    return not result["unsafe_terminations"] and not result["updates_unheld"]


def _verdict(result: Mapping[str, Any]) -> str:
    unsafe, unheld = result["unsafe_terminations"], result["updates_unheld"]
    saving = result["saving_percent"]
    parts = [
        f"{_number(unsafe)} unsafe termination{'' if unsafe == 1 else 's'}",
        f"{_number(unheld)} update{'' if unheld == 1 else 's'} unheld",
    ]
    if saving is not None:
        parts.append(f"{_number(abs(saving))} % {'saved' if saving >= 0 else 'more spent'}")
    return ", ".join(parts)


def _options(options: Mapping[str, Any]) -> str:
    parts = [
        f"{options['size']} hosts",
        f"scale threshold {_number(options['scale'])} %",
        f"roll threshold {_number(options['roll'])} %",
        f"lead {_number(options['lead_seconds'])} s",
        f"feed {options['feed']}",
    ]
    if options["only"]:
        parts.append(f"woken by {options['only']} only")
    faults = {"loss": "loss", "duplicates": "duplicates", "delay_seconds": "delay in seconds"}
    parts.extend(f"{name} {_number(options[key])}" for key, name in faults.items() if options[key])
    return ", ".join(parts)


def _key_numbers(result: Mapping[str, Any]) -> str:
    least, median = (_with(result["cushion_minutes"][which], "min") for which in ("least", "median"))
    unsafe, unheld, gap = (
        result[k] for k in ("unsafe_terminations", "updates_unheld", "minutes_without_live")
    )
    cost, baseline, twice = (result[k] for k in ("cost_usd", "baseline_usd", "double_launches"))
    cards = [
        ("Unsafe terminations", _number(unsafe), f"{_number(result['releases'])} releases", _zero(unsafe)),
        ("Updates unheld", _number(unheld), f"of {_number(result['updates_total'])}", _zero(unheld)),
        ("Without a live RDB", _with(gap, "min"), "over the day", _zero(gap)),
        ("Double launches", _number(twice), f"of {_number(len(result['launches']))} launches", _zero(twice)),
        ("Least cushion", least, f"median {median}", ""),
        ("Saving", _with(result["saving_percent"], "%"), "against the baseline", ""),
        ("Cost", _dollars(cost), f"baseline {_dollars(baseline)}", ""),
        ("Hosts", _number(result["hosts"]), f"{_number(result['instance_hours'])} instance hours", ""),
    ]
    return (
        '<dl class="key">'
        + "".join(
            f'<div class="{state}"><dt>{name}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>'
            for name, value, more, state in cards
        )
        + "</dl>"
    )


def _figures(result: Mapping[str, Any]) -> str:
    cushion = result["cushion_minutes"]
    return _table(
        "The day",
        (),
        [
            ("Hosts used", _number(result["hosts"])),
            ("Instance hours", _number(result["instance_hours"])),
            ("Cost", _dollars(result["cost_usd"])),
            ("Baseline cost", _dollars(result["baseline_usd"])),
            ("Saving", _with(result["saving_percent"], "%")),
            ("Updates published", _number(result["updates_total"])),
            ("Updates unheld", _number(result["updates_unheld"])),
            ("Without a live RDB", _with(result["minutes_without_live"], "min")),
            ("Cushion, least", _with(cushion["least"], "min")),
            ("Cushion, median", _with(cushion["median"], "min")),
            ("Releases", _number(result["releases"])),
            ("Unsafe terminations", _number(result["unsafe_terminations"])),
            ("Double launches", _number(result["double_launches"])),
            ("Desired capacity at the end", _number(result["final_desired"])),
            ("Simulated in", _with(result["wall_seconds"], "s")),
        ],
    )


def _reactions(result: Mapping[str, Any]) -> str:
    reactions = [
        (trigger, _with(seconds["median"], "s"), _with(seconds["most"], "s"))
        for trigger, seconds in result["reaction_seconds"].items()
    ]
    launches = [(f"Launch {place}", _time(str(at))) for place, at in enumerate(result["launches"], 1)]
    head = ("Trigger", "Median", "Most")
    return f"<div>{_table('Reaction', head, reactions)}<br>{_table('Launches, UTC', (), launches)}</div>"


def _calls(result: Mapping[str, Any]) -> str:
    calls = sorted(result["aws_calls"].items(), key=lambda call: (-call[1], call[0]))
    return _table("AWS calls", ("Operation", "Calls"), [(name, _number(count)) for name, count in calls])


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col"{_right(at)}>{name}</th>' for at, name in enumerate(head))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td class="number">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    shown = f"<table>{f'<thead><tr>{top}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"
    return f"<div><h3>{title}</h3>{shown if rows else '<p class=note>none</p>'}</div>"


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Time, UTC", "Code", "Reason", "Trigger", "Outcome")
    )
    return f"""<section class="decisions">
<h2>Decisions</h2>
<p class="note">{len(decisions)} as recorded in the ledger, oldest first.</p>
<label><input type="checkbox" id="acting">Only those that raise, release or refuse</label>
<div class="scroll" tabindex="0" role="group" aria-label="Decisions">
<table><thead><tr>{head}</tr></thead>
<tbody>
{"\n".join(_decision(decision) for decision in decisions)}
</tbody></table>
</div>
</section>"""


def _decision(decision: Mapping[str, Any]) -> str:
    raised, released = decision.get("raise_to"), decision.get("release") or ()
    refused = decision.get("refused") or ()
    did = [f"raise to {raised}"] if raised is not None else []
    did.extend(f"release {release['instance_id']} ({release['how']})" for release in released)
    did.extend(f"repair wall {wall}" for wall in decision.get("repair") or ())
    did.extend(f"tell operators: {alert['text']}" for alert in decision.get("tell") or ())
    refusals = "".join(
        f'<div class="refused">refused: {escape(str(refusal["what"]))}{_list(refusal["reasons"])}</div>'
        for refusal in refused
    )
    noted = "".join(
        f'<div class="noted">noted: {escape(str(fact))}</div>' for fact in decision.get("noted") or ()
    )
    acts = f'<div class="did acts">{escape(", ".join(did))}</div>' if did else ""
    at = str(decision["at"])
    return (
        f'<tr class="{"" if did or refused else "quiet"}" id="{escape(str(decision["id"]))}">'
        f'<td><time datetime="{escape(at)}">{escape(_time(at))}</time></td>'
        f'<td class="{"acts" if did else ""}">{escape(str(decision["code"]))}</td>'
        f"<td>{escape(str(decision['reason']))}{acts}{refusals}{noted}</td>"
        f"<td>{_lines(decision.get('triggers') or ())}</td>"
        f"<td>{_lines(decision.get('outcome') or ())}</td></tr>"
    )


def _list(texts: Iterable[Any]) -> str:
    return f"<ul>{''.join(f'<li>{escape(str(text))}</li>' for text in texts)}</ul>"


def _lines(texts: Iterable[Any]) -> str:
    return "<br>".join(escape(str(text)) for text in texts)


def _time(at: str) -> str:
    # With its date: the run starts before midnight and ends after the next.
    return f"{datetime.fromisoformat(at):%d %b %H:%M:%S}"


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def _with(value: float | None, unit: str) -> str:
    return NONE if value is None else f"{_number(value)} {unit}"


def _dollars(value: float | None) -> str:
    return NONE if value is None else f"${value:,.2f}"


def _zero(value: float) -> str:
    return "bad" if value else "good"


def _right(column: int) -> str:
    return ' class="number"' if column else ""
