"""The values of arguments: what is read from a word of a command line, and how it is refused."""

import argparse
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from highwater.market.memory import USUAL_COLUMNS
from highwater.market.sessions import BadSessions, Session, session_of

# Name, parser, default, placeholder, help.
Argument = tuple[str, Callable[[str], Any], Any, str | None, str]


def number(low: float, high: float, *, whole: bool = False) -> Callable[[str], float]:
    """Return a parser of numbers from `low` to `high`; argparse names the argument when it refuses."""

    def parse(text: str) -> float:
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            kind = "whole number" if whole else "number"
            raise argparse.ArgumentTypeError(
                f"must be a {kind} from {low:,.10g} to {high:,.10g}, not {text!r}"
            )
        return value

    return parse


def output(text: str) -> Path:
    """Return a file to write, its folder made now: a day takes a minute, and must not fail at its end.

    A run that is refused leaves no empty file, and one that is there stays as it is.
    """
    path = Path(text)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = path.exists()
        with path.open("a"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot be written: {error}") from error
    return path


def percent_or_none(text: str) -> float:
    """Return a percentage, or 0 for the word none."""
    return 0 if text == "none" else number(0, 100)(text)


def memory(text: str) -> int | None:
    """Return how many columns double, none for a straight line."""
    match text.split(":"):
        case ["line"]:
            return None
        case ["doubling"]:
            return USUAL_COLUMNS
        case ["doubling", columns]:
            return int(number(1, 10_000, whole=True)(columns))
    raise argparse.ArgumentTypeError(f"must be line, doubling or doubling:COLUMNS, not {text!r}")


def session(text: str) -> Session:
    """Return a session; argparse names the argument when it is refused."""
    try:
        return session_of(text)
    except BadSessions as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_arguments(parser: argparse.ArgumentParser, arguments: Iterable[Argument]) -> None:
    """Add arguments, each with its default in its help."""
    for name, kind, default, metavar, text in arguments:
        shown = text if default is None else f"{text} (%(default)s)"
        parser.add_argument(name, type=kind, default=default, metavar=metavar, help=shown)


SEED = number(0, 2**31, whole=True)
MEMORY: Argument = (
    "--memory",
    memory,
    None,
    "line|doubling[:N]",
    "how the memory of rows grows: in a straight line, or as N columns of one length do, which double when "
    f"they are full ({USUAL_COLUMNS} columns) (line)",
)
