"""The command `size`: what a cluster would cost and risk on one's own days."""

import argparse
import json
import sys
from typing import Any

import boto3
from rich.console import Console
from rich.table import Table

from highwater.command import Command
from highwater.deploy.commands.cost import check_region
from highwater.market.memory import USUAL_COLUMNS
from highwater.progress import progress
from highwater.size.advice import Advice, advise, doubled
from highwater.size.asked import Asked, asked_of, misfit
from highwater.size.choice import names_of
from highwater.size.measured import measured
from highwater.size.options import add_options
from highwater.size.page import render
from highwater.size.rows import Row
from highwater.size.running import run_days
from highwater.size.shown import show_rows
from highwater.terminal import Failed, Refused, refuse, say
from highwater.whatif.host_types import AS_OF, HOST_TYPES, PRICED

HELP = f"""\
Tries instance types, thresholds, leads and calendars on your own days: the real rules decide on a
model of market and group. It says for each choice what the RDB hosts cost, what they risk, and
recommends one. Prices are those of {PRICED} as known in {AS_OF}: verify the ones that
matter. Only --cluster asks AWS.

Give each option that has a list several values, with commas: every combination is tried.

Examples:
  highwater size                                the paper's day, nine instance types
  highwater size --feed mon.csv --feed tue.csv --session 09:30-16:00 --grace 60
  highwater size --cluster trades --days 5      the last days of a cluster that runs
  highwater size --feed day.csv --type r6a.large --type x2gd.large:32:0.167 --kib-per-update 0.2
  highwater size --roll 80,85,90 --scale none,60 --lead 60,300 --page size.html

docs/sizing.md says how to count your days in q, and what the columns mean.

Exit status: 0 done; 1 no choice that was tried holds every day; 2 refused.
"""
NOT_MEASURED = (
    "An update takes the memory that the paper measured of its own, some 55 KiB: give --kib-per-update, or "
    "feeds with a column bytes."
)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Print the rows and the recommendation. Raises Refused for bad input, and Failed."""
    check_region(args)
    if args.prices:
        return _show_prices(as_json=args.json)
    refuse(source_refusal(args))
    try:
        asked = asked_of(args, measured(args, session) if args.cluster else None)
    except ValueError as error:
        raise Refused(str(error)) from error
    for name, why in asked.left_out.items():
        say(f"Left out {name}: {why}")
    if args.feed and any(day.kib_per_update is None for day in asked.market.days):
        say(NOT_MEASURED)
    runs = len(asked.choices) * len(asked.market.days)
    with progress(lambda share: f"{round(share * runs):,} of {runs:,} runs of a day") as done:
        rows = run_days(asked.choices, asked.market, args.workers, args.price_factor or 1.0, done)
    rows.sort(key=lambda row: row.usd)
    advice = advise(rows, args.cushion)
    result = as_json(asked, rows, advice) | _doubling(asked, advice, args)
    if args.page:
        try:
            args.page.write_text(render(result), encoding="utf-8")
        except OSError as error:
            raise Failed(f"--page {args.page}: cannot be written: {error.strerror}.") from error
        say(f"The picture: {args.page}")
    if args.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
    else:
        show_rows(result)
    return 0 if advice.holds else 1


def source_refusal(args: argparse.Namespace) -> str | None:
    """Refuse what is of a cluster's own days where none is named, and what such days say themselves."""
    of_cluster = [name for name in ("days", "host_gib") if getattr(args, name) is not None]
    if of_cluster and not args.cluster:
        return f"--{of_cluster[0].replace('_', '-')}: is of the days of a cluster: name it with --cluster."
    if args.cluster and args.kib_per_update:
        return "--kib-per-update: an update of --cluster is a KiB of memory, as its metrics say."
    return None


def as_json(asked: Asked, rows: list[Row], advice: Advice) -> dict[str, Any]:
    """Return the result as plain data."""
    names, common = names_of([row.choice for row in rows])
    lines = [row.as_json(name) for row, name in zip(rows, names, strict=True)]
    return {
        "prices": PRICED,
        "as_of": AS_OF,
        "currency": "USD",
        "days": [
            {"day": day.name, "updates": day.feed.total, "kib_per_update": day.kib_per_update}
            for day in asked.market.days
        ],
        "doubling_columns": asked.market.columns,
        "common": common,
        "rows": lines,
        "left_out": asked.left_out,
        "recommended": lines[rows.index(advice.recommended)],
        "holds": advice.holds,
        "why": advice.why,
        "next_cheaper": lines[rows.index(advice.cheaper)] if advice.cheaper else None,
        "risk": advice.risk,
    }


def _doubling(asked: Asked, advice: Advice, args: argparse.Namespace) -> dict[str, Any]:
    """Return what the recommended choice would be with columns that double, unless all was asked so."""
    if asked.market.columns:
        return {"doubling": None, "if_doubling": ""}
    choice, market = advice.recommended.choice, asked.market._replace(columns=USUAL_COLUMNS)
    if why := misfit(choice, market):
        return {"doubling": None, "if_doubling": doubled(None, why)}
    (row,) = run_days([choice], market, args.workers, args.price_factor or 1.0, lambda _: None)
    return {"doubling": row.as_json(str(choice)), "if_doubling": doubled(row, None)}


def _show_prices(*, as_json: bool) -> int:
    if as_json:
        types = {each.name: {"gib": each.gib, "usd": each.size.usd_per_hour} for each in HOST_TYPES.values()}
        result = {"as_of": AS_OF, "region": PRICED, "currency": "USD", "types": types}
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return 0
    shown = Table("type", "GiB", "USD an hour", title=f"{PRICED}, {AS_OF}; verify those that matter")
    for each in HOST_TYPES.values():
        shown.add_row(each.name, f"{each.gib:g}", f"{each.size.usd_per_hour:.4f}")
    Console().print(shown)
    return 0


COMMAND = Command(
    "size",
    "size a cluster on your own days: cost and risk",
    HELP,
    add_options,
    run,
    needs_checkout=False,
)
