"""A day's result as one HTML page that opens offline."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from math import floor
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, Template

from highwater.drawing import PARTS, drawing
from twin.day.costs import HOSTS
from twin.day.options import MIDNIGHT, Only
from twin.day.result import broken_promises
from twin.day.timeline import happened, timeline
from twin.day.whys import whys_of

HERE = Path(__file__).parent
LIFE = ("launch", "live", "roll", "drained", "release")

Table = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]]]


def render(result: Mapping[str, Any], samples: Mapping[str, Any]) -> str:
    """Return the page of a day, made of `result_of` and `samples_of` that day.

    The chart library and the data are in the page, which asks nobody for anything.
    """
    data = chart_data(result["options"], samples)
    names = {rdb["id"]: rdb["name"] for rdb in data["rdbs"]}
    lines = timeline(result, MIDNIGHT, samples["minutes"])
    data["timeline"] = _named(lines, names)
    return _template().render(
        verdict=_verdict(result),
        safe=not broken_promises(result),
        seconds=result["wall_seconds"],
        options=result["options"],
        withheld=[other for other in get_args(Only) if result["options"]["only"] not in (None, other)],
        cards=_cards(result),
        tables=_tables(result, data["rdbs"], names),
        timeline=data["timeline"],
        happened=_named(happened(result, MIDNIGHT, lines), names),
        decisions=_named(result["decisions"], names),
        data=data,
        drawing={name: drawing(name) for name in PARTS},
    )


def chart_data(options: Mapping[str, Any], samples: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `drawDay` in charts.js draws.

    RDBs are numbered in the order of their launch, as in a drill's events. `minutes` of an RDB is the
    minute of the day by kind of event; `percent` has its memory for each minute from the one at index `from`.
    `used` is the memory of all RDBs together, in hosts.
    """
    lives: dict[str, dict[str, float]] = {instance_id: {} for instance_id in samples["launched"]}
    for event in samples["events"]:
        lives[event["instance_id"]].setdefault(event["kind"], event["minute"])
    index = {minute: at for at, minute in enumerate(samples["minutes"])}
    used, rdbs = [0.0] * len(index), []
    for place, (instance_id, minutes) in enumerate(lives.items(), 1):
        memory = samples["memory"].get(instance_id, [])
        for minute, percent in memory:
            used[index[minute]] += percent / 100
        rdbs.append(
            {
                "id": instance_id,
                "name": f"#{place}",
                "minutes": minutes,
                "from": index[memory[0][0]] if memory else 0,
                "percent": [percent for _, percent in memory],
            }
        )
    return {
        "thresholds": {name: options[name] for name in ("scale", "roll") if options[name] is not None},
        **{name: samples[name] for name in ("minutes", "desired", "alive")},
        "used": [round(hosts, 3) for hosts in used],
        "rdbs": rdbs,
    }


def _verdict(result: Mapping[str, Any]) -> str:
    unsafe, unheld = result["unsafe_terminations"], result["updates_unheld"]
    return (
        f"{_number(unsafe)} unsafe termination{'' if unsafe == 1 else 's'}, "
        f"{_number(unheld)} update{'' if unheld == 1 else 's'} unheld, {_saved(result['saving_percent'])}"
    )


def _saved(percent: float | None) -> str:
    if percent is None:
        return "no whole day on one host to compare with"
    return f"{_number(abs(percent), '%')} {'saved' if percent >= 0 else 'more spent'}"


def _cards(result: Mapping[str, Any]) -> list[tuple[str, str, str, bool | None]]:
    """Return name, value, what else to say, and for a promise whether it was broken."""
    least, median = (result["cushion_minutes"][which] for which in ("least", "median"))
    unsafe, unheld, gap, twice = (
        result[name]
        for name in ("unsafe_terminations", "updates_unheld", "minutes_without_live", "double_launches")
    )
    return [
        ("Unsafe terminations", _number(unsafe), f"{_number(result['releases'])} releases", unsafe > 0),
        (
            "Updates unheld",
            _number(unheld),
            f"of {_number(result['updates_total'])}, each {_number(result['options']['kib_per_update'])} KiB",
            unheld > 0,
        ),
        ("Without a live RDB", _number(gap, "min"), "over the day", None),
        ("Double launches", _number(twice), f"of {len(result['launches'])} launches", twice > 0),
        (
            "Least cushion",
            _number(least, "min"),
            f"from standby to roll; median {_number(median)}",
            None,
        ),
        (
            "Saving",
            _number(result["saving_percent"], "%"),
            f"of RDB hosts; {_number(result['saving_of_all_percent'], '%')} of all costs",
            None,
        ),
        (
            "Cost",
            _usd(result["cost_usd"]),
            f"one {result['baseline_host'] or 'host'} for {_number(result['baseline_hours'])} hours: "
            f"{_usd(result['baseline_usd'])}",
            None,
        ),
        (
            "Most hosts at once",
            _number(result["hosts"]),
            f"{_number(result['instance_hours'])} hours, {result['final_desired']} desired at the end"
            + _reached(result["max_size_reached"]),
            None,
        ),
    ]


def _tables(result: Mapping[str, Any], rdbs: list[dict[str, Any]], names: Mapping[str, str]) -> list[Table]:
    calls = sorted(result["aws_calls"].items(), key=lambda call: (-call[1], call[0]))
    opening = result["options"]["opens_seconds"] / 60
    reactions = result["reaction_seconds"].items()
    launched, ended = whys_of(result, rdbs)
    reacted = [(trigger, _number(took["median"]), _number(took["most"])) for trigger, took in reactions]
    return [
        (
            "RDBs",
            ("RDB", *LIFE, "peak", "instance"),
            [
                (
                    rdb["name"],
                    *(_moment(rdb["minutes"], kind, opening) for kind in LIFE),
                    f"{max(rdb['percent'], default=0):.1f} %",
                    rdb["id"],
                )
                for rdb in rdbs
            ],
        ),
        (
            "Launches and releases",
            ("RDB", "launched for", "released, or not, because"),
            [
                (rdb["name"], *(_named(why.get(rdb["id"], "-"), names) for why in (launched, ended)))
                for rdb in rdbs
            ],
        ),
        ("Costs in USD", ("", "this cluster", f"one {result['baseline_host'] or 'host'}"), _costs(result)),
        ("Demand", ("", ""), _demand(result)),
        ("AWS calls", ("Operation", "Calls"), [(name, _number(count)) for name, count in calls]),
        *(
            [("Seconds from the scale threshold to the raise", ("Woken by", "Median", "Most"), reacted)]
            if reacted
            else []
        ),
    ]


def _costs(result: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the costs by part; of a run that is no whole day those of RDB hosts alone."""
    of_hosts = {"cluster": {HOSTS: result["cost_usd"]}, "baseline": {HOSTS: result["baseline_usd"]}}
    both = result["all_costs_usd"] or of_hosts
    return [
        *((part, _usd(usd), _usd(both["baseline"][part])) for part, usd in both["cluster"].items()),
        (
            f"{HOSTS} and the paper's t3a.2xlarge",
            _usd(result["cost_usd"]),
            _usd(result["paper_baseline_usd"]),
        ),
        ("saved against that one", _number(result["paper_saving_percent"], "%"), ""),
    ]


def _demand(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return why hosts were launched, what was handed back, and what was learned."""
    lead = result["learned_lead_seconds"]
    withdrawn = result["hand_backs_withdrawn"]
    return [
        *((f"hosts launched: {name}", _number(count)) for name, count in result["hosts_by_demand"].items()),
        ("standbys handed back", f"{result['handed_back']}, of which {withdrawn} were kept after all"),
        ("reserve, in hosts", _number(result["reserve_hosts"])),
        ("lead that was learned", _number(lead, "s")),
        ("in overdraft", _number(result["minutes_in_overdraft"], "min")),
    ]


def _usd(value: float | None) -> str:
    return "n/a" if value is None else f"${value:,.2f}"


def _reached(max_size: Mapping[str, Any] | None) -> str:
    return f"; MaxSize {max_size['max_size']} reached at {_time(max_size['at'])}" if max_size else ""


def _moment(minutes: Mapping[str, float], kind: str, opening: float) -> str:
    """Return when something happened to an RDB, or why there is no time."""
    if "launch" not in minutes and kind in ("launch", "live") and minutes.get(kind, opening) == opening:
        return f"before {clock(opening)[:5]}"
    if kind in minutes:
        return clock(minutes[kind])
    if kind == "roll" and "lost" in minutes:
        return f"lost at {clock(minutes['lost'])}"
    return (
        "still live" if kind == "roll" and minutes.keys().isdisjoint(LIFE[2:]) and "live" in minutes else "-"
    )


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """Return what decisions say with the page's names of RDBs in place of their instance ids."""
    match value:
        case str():
            return re.sub(r"\bi-\w+", lambda found: names.get(found[0], found[0]), value)
        case list() | tuple():
            return [_named(one, names) for one in value]
        case dict():
            return {key: _named(one, names) for key, one in value.items()}
    return value


def _acts(decision: Mapping[str, Any]) -> list[str]:
    raised = decision.get("target")
    return [
        *([f"raise to {raised}"] if raised is not None else []),
        *(f"release {one['instance_id']} ({one['step']})" for one in decision.get("release") or ()),
        *(f"repair wall {wall}" for wall in decision.get("repair") or ()),
        *(f"tell operators: {alert['text']}" for alert in decision.get("told") or ()),
    ]


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True)
    environment.filters |= {"number": _number, "time": _time, "clock": clock}
    environment.globals["acts"] = _acts
    return environment.get_template("page.html")


def _number(value: float | None, unit: str = "") -> str:
    return "n/a" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".") + (unit and f" {unit}")


def clock(minute: float) -> str:
    """Return a minute of the day as HH:MM:SS. The hour after the day is 24, as on the axis."""
    seconds = floor(round(minute * 60, 3))
    day_before, seconds = divmod(seconds, 24 * 3600) if seconds < 0 else (0, seconds)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock} the day before" if day_before else clock


def _time(at: str) -> str:
    return clock((datetime.fromisoformat(at) - MIDNIGHT).total_seconds() / 60)
