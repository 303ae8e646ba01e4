"""The core of another release in this process, beside ours: its modules under the same names, kept apart."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from twin.release.built import release_of

OURS = ("chalicelib", "highwater", "rdb", "twin")


class OtherCore(NamedTuple):
    """What is needed of another release: its controller on a wire, its wake-ups, and its errors."""

    controller: Callable[[Any, Callable[[], datetime]], Any]
    parse_wake_up: Callable[[str], Any]
    failure: type[Exception]


@cache
def core_of(ref: str) -> OtherCore:
    """Load the core of a release, once a process. Raises ValueError for a reference that cannot be had."""
    tree = release_of(ref).tree
    if tree is None:
        raise ValueError("--release .: is this checkout, name another")
    with _instead(tree):
        clients, wake_ups, errors = (
            importlib.import_module(name)
            for name in ("twin.fuzz.clients", "chalicelib.core.facts.wake_ups", "chalicelib.contract.errors")
        )
        # All of it, so that nothing is imported later, when ours are there again.
        for path in sorted(tree.glob("chalicelib/**/*.py")):
            importlib.import_module(
                ".".join(path.relative_to(tree).with_suffix("").parts).removesuffix(".__init__")
            )
    return OtherCore(clients.controller, wake_ups.parse_wake_up, errors.HighwaterError)


@contextmanager
def _instead(tree: Path) -> Iterator[None]:
    """Have imports find the modules of a tree in the place of ours."""
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in OURS}
    path, finders = list(sys.path), list(sys.meta_path)
    for name in kept:
        del sys.modules[name]
    sys.path.insert(0, str(tree))
    # An installation that can be edited would lend modules of ours.
    sys.meta_path[:] = [finder for finder in finders if "editable" not in repr(finder).lower()]
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.modules.update(kept)
        sys.path[:], sys.meta_path[:] = path, finders
