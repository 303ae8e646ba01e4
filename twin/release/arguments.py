"""The argument --release: a git reference and a time."""

import argparse
from collections.abc import Iterable

from highwater.terminal import say
from highwater.whatif.given import seconds_of
from twin.release.built import release_of
from twin.release.day import Going

Named = tuple[str, int]


def going(text: str) -> Named:
    """Read REF@HH:MM; return the reference, and seconds after midnight."""
    ref, at, time = text.rpartition("@")
    if not at or not ref:
        raise argparse.ArgumentTypeError(f"{text}: must be REF@HH:MM, such as v0.3.0@12:00")
    try:
        return ref, seconds_of("at", time)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def goings_of(named: Iterable[Named]) -> list[Going]:
    """Package each release, which takes a while the first time. Raises ValueError naming the reference."""
    found = []
    for ref, seconds in named:
        say(f"Packaging {ref}")
        found.append(Going(release_of(ref), seconds))
    return found
