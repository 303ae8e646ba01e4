"""The argument --release: a git reference and a time."""

import argparse
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from highwater.terminal import say
from highwater.whatif.given import seconds_of
from twin.day.options import MIDNIGHT, Options
from twin.release.built import release_of
from twin.release.day import CLUSTER_AFTER, Going

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


def in_order(named: Iterable[Named], options: Options) -> list[Named]:
    """Return the releases of a day by their times. Raises ValueError for one that would not go in whole."""
    found = sorted(named, key=lambda one: one[1])
    for (_, before), (ref, seconds) in pairwise(found):
        if timedelta(seconds=seconds - before) < CLUSTER_AFTER:
            raise ValueError(
                f"--release {ref}@{_clock(seconds)}: must be ten minutes after the one of {_clock(before)} "
                "or later, since the cluster of that one goes in then"
            )
    for ref, seconds in found:
        at = MIDNIGHT + timedelta(seconds=seconds)
        if at > options.opening and at + CLUSTER_AFTER > options.closing:
            raise ValueError(
                f"--release {ref}@{_clock(seconds)}: its cluster goes in ten minutes later, and the day ends "
                f"at {options.closing:%H:%M}"
            )
    return found


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def goings_of(named: Iterable[Named], options: Options) -> list[Going]:
    """Package each release, which takes a while the first time. Raises ValueError naming the reference."""
    found = []
    for ref, seconds in in_order(named, options):
        say(f"Packaging {ref}")
        found.append(Going(release_of(ref), seconds))
    return found
