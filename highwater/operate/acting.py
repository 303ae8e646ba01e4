"""Acting through the API: first the dry run, then a question, then the request, followed to its end."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple

from highwater.operate.api import Api, Declined
from highwater.operate.words.cases import bars
from highwater.operate.words.decided import does
from highwater.operate.words.launches import because, fact
from highwater.operate.words.plain import instant, plain
from highwater.terminal import Refused, say, show

YES = ("y", "yes")
Phrase = Callable[[Sequence[str], datetime], list[str]]


def in_words(reasons: Sequence[str], now: datetime) -> list[str]:
    """Return the reasons of a refusal in plain words."""
    return [because(reason, now) for reason in reasons]


class Wish(NamedTuple):
    """A request that acts, made at a time by the API's clock.

    `question` is asked first where it can't be taken back, `phrase` puts the reasons of a refusal in words.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None
    now: datetime
    question: str = ""
    phrase: Phrase = in_words


def add_acting(parser: argparse.ArgumentParser, *, asks: bool) -> None:
    """Add the options of what acts."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    if asks:
        parser.add_argument("--yes", action="store_true", help="do not ask, as in a script")


def dry_run(api: Api, wish: Wish) -> dict[str, Any]:
    """Return what the API would decide on a request. Raises Refused where it would refuse it."""
    with declined_in_words(wish):
        plan: dict[str, Any] = api.ask(wish.method, wish.path, {**(wish.body or {}), "dry_run": True})["plan"]
    return plan


def carry_out(args: argparse.Namespace, api: Api, wish: Wish, cluster: str) -> int:
    """Ask, wait for what became of it, and show that. Raises Refused and Failed."""
    if wish.question:
        confirm(args, wish.question)
    with declined_in_words(wish):
        answer = api.ask(wish.method, wish.path, wish.body)
        shown = api.followed(answer["command"])
    result = {"cluster": cluster, "command_id": answer["command_id"], "state": shown["state"]}
    if args.json:
        said = {name: shown[name] for name in ("asked", "reasons", "outcome")}
        show(args, {**result, **said})
        return 0
    now = wish.now
    result |= noted(shown, now)
    waits = f"highwater command {answer['command_id']} --follow" if shown["state"] == "waiting" else ""
    done = list(does(answer.get("plan", {}), now)) if shown["state"] == "carried-out" else []
    words = {"asked": plain(shown["asked"], now), **({"does": done} if done else {})}
    show(args, {**words, **result}, waits or f"highwater why {cluster}")
    return 0


@contextmanager
def declined_in_words(wish: Wish) -> Iterator[None]:
    """Say a refusal in plain words, a line for each reason where there are several. Raises Refused."""
    try:
        yield
    except Declined as declined:
        said = wish.phrase(declined.reasons, wish.now)
        if len(said) == 1:
            raise Refused(f"{declined.begins}: {said[0]}.") from declined
        raise Refused("\n  ".join([f"{declined.begins}:", *said])) from declined


def noted(shown: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return what is to know of a command that was carried out: what it replaced, or what it still lacks."""
    reasons = [plain(reason, now) for reason in shown["reasons"]]
    return {"note": reasons} if reasons and shown["state"] == "carried-out" else {}


def show_plan(args: argparse.Namespace, plan: Mapping[str, Any]) -> int:
    """Show what would be done."""
    if args.json:
        show(args, {"dry_run": True, "plan": plan})
    else:
        show(args, {**planned(plan, instant(plan["at"])), "state": "dry run: nothing was done"})
    return 0


def planned(plan: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a plan in words: what was asked, what it does now, and why."""
    asked = [plain(text, now) for text in plan.get("asked", ())]
    done = list(does(plan, now))
    words = {"asked": asked, "does": done or "nothing at once", "why": because(plan["reason"], now)}
    barred = [fact(alert, now) for alert in plan.get("alerts", ()) if bars(alert)]
    return {**words, "but": barred} if barred and plan.get("target") else words


def confirm(args: argparse.Namespace, question: str) -> None:
    """Ask a person before what can't be taken back. Raises Refused without one, and for a no."""
    if args.yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(
            f"{question} This can't be taken back: say so with --yes, or look first with --dry-run."
        )
    say(f"{question} This can't be taken back.")
    sys.stderr.write("Do it? [y/N] ")
    sys.stderr.flush()
    with suppress(KeyboardInterrupt):
        if sys.stdin.readline().strip().lower() in YES:
            return
    raise Refused("Nothing was asked for.")
