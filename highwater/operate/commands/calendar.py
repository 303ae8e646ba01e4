"""The command `calendar`: puts, shows or removes the calendar of a cluster."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from chalicelib.contract.errors import BadInput
from chalicelib.core.facts.calendar import MOST_GRACE_MINUTES, Calendar
from highwater.command import Command, add_json
from highwater.operate.acting import noted
from highwater.operate.api import Api, Unknown
from highwater.operate.connection import add_connection, connected
from highwater.operate.exchange import sessions_of_exchange
from highwater.operate.looking import add_cluster, cluster_of
from highwater.operate.sending import is_loopback, url_refusal
from highwater.operate.session_file import sessions_of
from highwater.operate.words.plain import instant
from highwater.terminal import Refused, refuse, show
from highwater.values import number

HELP = """\
Puts, shows or removes the calendar of a cluster: the sessions in which its market trades.
After a session and a grace rolled RDBs are asked to drain. Trading at other times loses
nothing: without a calendar, or outside it, the cluster scales as ever.

--exchange takes the sessions of the next 400 days, with holidays and half days, from the
library exchange_calendars: .venv/bin/pip install -e '.[calendar]' in the checkout. --file has
one session a line, as local times with their zone; several a day, and over midnight with the
next day's date:

  start,end,zone
  2026-11-23 09:30,2026-11-23 16:00,America/New_York
  2026-11-23 18:00,2026-11-24 02:00,America/New_York

Examples:
  highwater calendar put trades --exchange XNYS
  highwater calendar put trades --file sessions.csv --grace 30 --dry-run
  highwater calendar show trades --json
  highwater calendar remove trades

With the address of this machine, as of `make serve`, no credentials are needed, and the date
is that of the simulated day:
  highwater calendar show trades --url http://127.0.0.1:8000

Exit status: 0 done; 1 the API failed; 2 refused, with the rule.
"""
SHOWN = 5
GRACE_MINUTES = 60
OF_PUT = ("exchange", "file", "overnight", "grace")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    parser.add_argument("action", choices=("put", "show", "remove"), help="what to do")
    add_cluster(parser)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--exchange", metavar="CODE", help="put: an exchange, by its ISO code, as XNYS")
    source.add_argument("--file", metavar="FILE", type=Path, help="put: a file of sessions")
    parser.add_argument(
        "--overnight",
        choices=("one", "none"),
        help="put: how many RDBs to keep between sessions (default: one)",
    )
    parser.add_argument(
        "--grace",
        metavar="MINUTES",
        type=number(0, MOST_GRACE_MINUTES, whole=True),
        help=f"put: how long after a session RDBs keep what they hold (default: {GRACE_MINUTES})",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    add_connection(parser)


def run(args: argparse.Namespace, session: boto3.Session) -> int:
    """Ask the API, and show what became of it. Raises Refused and Failed."""
    refuse(source_refusal(args))
    refuse(url_refusal(args.url))
    # A simulated day has a clock of its own. Elsewhere bad sessions are refused before AWS is asked anything.
    if is_loopback(args.url):
        api = connected(args, session)
        now = instant(cluster_of(api, args.cluster)["at"])
        wanted = wanted_of(args, now) if args.action == "put" else None
    else:
        now = datetime.now(UTC)
        wanted = wanted_of(args, now) if args.action == "put" else None
        api = connected(args, session)
    try:
        carry_out(args, api, wanted, now)
    except Unknown:
        cluster_of(api, args.cluster)  # says which name is the nearest
        raise
    return 0


def source_refusal(args: argparse.Namespace) -> str | None:
    """Refuse to put a calendar from nowhere, and what belongs to one where none is put."""
    given = [name for name in OF_PUT if getattr(args, name) is not None]
    if args.action == "put":
        sessions = args.exchange is not None or args.file is not None
        return None if sessions else "put: give the sessions with --exchange CODE or --file FILE."
    return f"{args.action}: does not take --{given[0]}, which is for put." if given else None


def wanted_of(args: argparse.Namespace, now: datetime) -> Calendar:
    """Return the calendar that is to be put. Raises Refused, naming the line or the rule."""
    if args.exchange is not None:
        sessions = sessions_of_exchange(args.exchange, now)
    else:
        sessions = sessions_of(_text_of(args.file), args.file.name)
    grace = GRACE_MINUTES if args.grace is None else args.grace
    try:
        return Calendar.of(sessions, grace, args.overnight or "one")
    except BadInput as error:
        raise Refused(f"{error}.") from error


def carry_out(args: argparse.Namespace, api: Api, wanted: Calendar | None, now: datetime) -> None:
    """Put the calendar, or show or remove the one that there is."""
    path = f"/clusters/{args.cluster}/calendar"
    if wanted is not None:
        body = {
            "sessions": [{"start": f"{s.start:%FT%TZ}", "end": f"{s.end:%FT%TZ}"} for s in wanted.sessions],
            "grace_minutes": wanted.grace_minutes,
            "overnight": wanted.overnight,
            "dry_run": args.dry_run,
        }
        _show_outcome(args, api, api.ask("PUT", path, body), _summary(args.cluster, body, now), now)
        return
    there = api.ask("GET", path)
    summary = _summary(args.cluster, there, now)
    if args.action == "show":
        show(args, there if args.json else summary)
    elif args.dry_run:
        _show_outcome(args, api, {}, summary, now)
    else:
        _show_outcome(args, api, api.ask("DELETE", path), summary, now)


def _show_outcome(
    args: argparse.Namespace, api: Api, answer: dict[str, Any], summary: dict[str, Any], now: datetime
) -> None:
    if args.dry_run:
        show(args, {**summary, "state": f"would be {args.action}"})
        return
    shown = api.followed(answer["command"])
    later = f"highwater calendar show {args.cluster}" if shown["state"] == "waiting" else ""
    became = {"command_id": answer["command_id"], "state": shown["state"], **noted(shown, now)}
    show(args, {**summary, **became}, later)


def _summary(cluster: str, calendar: dict[str, Any], now: datetime) -> dict[str, Any]:
    sessions = [f"{session['start']} to {session['end']}" for session in calendar["sessions"]]
    following = [text for text in sessions if text.split(" to ")[1] > f"{now:%FT%TZ}"]
    return {
        "cluster": cluster,
        "sessions": len(sessions),
        "until": calendar["sessions"][-1]["end"],
        "next sessions": following[:SHOWN],
        "grace_minutes": calendar["grace_minutes"],
        "overnight": calendar["overnight"],
    }


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{path}: cannot be read: {error}.") from error


COMMAND = Command(
    "calendar",
    "put, show or remove the calendar of a cluster",
    HELP,
    add_options,
    run,
    needs_checkout=False,
)
