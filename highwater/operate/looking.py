"""Looking at clusters through the API: by name, by instance, and through pages of decisions."""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from chalicelib.contract.names import CLUSTER_NAME, INSTANCE_ID
from highwater.operate.api import Api, Forbidden, Unknown
from highwater.operate.words.plain import plain_error
from highwater.operate.words.rdbs import resolved
from highwater.terminal import Refused, harmless

PAGE = 100
WIDTH, HEIGHT, WIDEST = 80, 24, 120
Json = dict[str, Any]


def add_cluster(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    """Let a cluster be named."""
    nargs = None if needed else "?"
    parser.add_argument(
        "cluster", metavar="CLUSTER", nargs=nargs, type=cluster_name, help="the cluster's name"
    )


def add_instance(parser: argparse.ArgumentParser, text: str, *, needed: bool = False) -> None:
    """Let an RDB be named."""
    parser.add_argument("instance", metavar="INSTANCE", nargs=None if needed else "?", help=text)


def cluster_name(text: str) -> str:
    """Return what may be the name of a cluster; argparse names the argument when it is refused."""
    if not re.fullmatch(CLUSTER_NAME, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a cluster")
    return text


def listed(api: Api) -> list[Json]:
    """Return the line of each cluster, and of the account where there is something to tell of it."""
    lines: list[Json] = api.get("/clusters")["clusters"]
    return lines


def cluster_of(api: Api, name: str) -> Json:
    """Return a cluster as the API shows it. Raises Unknown, with the nearest name."""
    try:
        return api.get(f"/clusters/{name}")
    except Unknown as error:
        why = plain_error(str(error)).removeprefix("cluster: ")
        raise Unknown(f"CLUSTER {name}: {why} {_nearest(api, name)}") from error


def line_of(api: Api, name: str) -> Json | None:
    """Return the line of a cluster in the list; it may be there though nothing is decided for it."""
    return next((line for line in listed(api) if line["cluster"] == name), None)


def decisions_of(api: Api, cluster: str, most: int, **filters: Any) -> Iterator[Json]:
    """Yield the newest decisions, page after page."""
    before = None
    while most > 0:
        page = api.get(f"/clusters/{cluster}/decisions", limit=min(most, PAGE), before=before, **filters)
        yield from page["decisions"]
        most -= len(page["decisions"])
        before = page["next"]
        if before is None:
            return


def instance_of(view: Json, given: str) -> str:
    """Return the id of the RDB that is meant, by its id or its beginning. Raises Refused."""
    ids = [rdb["instance_id"] for rdb in view["rdbs"]]
    found = resolved(ids, given)
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"INSTANCE {given}: may be {' or '.join(found)}, give more of it.")
    nearest = get_close_matches(given.lower(), ids, n=1)
    guess = f"; did you mean {nearest[0]}?" if nearest else "."
    are = "are" if len(ids) > 1 else "is"
    there = f" There {are} {', '.join(ids[:8])}{' and others' if len(ids) > 8 else ''}." if ids else ""
    raise Unknown(f"INSTANCE {given}: cluster {view['cluster']} has no such RDB{guess}{there}")


def whole_id(text: str) -> str | None:
    """Return the id that a text is in whole, as an instance that is gone is named; None where it is not."""
    return text.lower() if re.fullmatch(INSTANCE_ID, text.lower()) else None


def width() -> int:
    """Return how wide the terminal is, at most 120; 80 where there is none."""
    return min(WIDEST, size()[0])


def size() -> tuple[int, int]:
    """Return the terminal's columns and lines; 80 and 24 where there is none."""
    if not sys.stdout.isatty():
        return WIDTH, HEIGHT
    found = shutil.get_terminal_size((WIDTH, HEIGHT))
    return found.columns, found.lines


def put(*lines: str) -> None:
    """Show lines of the result."""
    sys.stdout.write("".join(f"{harmless(line)}\n" for line in lines))
    sys.stdout.flush()


def _nearest(api: Api, name: str) -> str:
    try:
        names = [line["cluster"] for line in listed(api) if line["cluster"] != "*"]
    except Forbidden:
        return "Look for the right name with `highwater clusters`."
    if not names:
        return "There is no cluster here: `make cluster` creates one."
    if name in names:
        return f"`highwater why {name}` says more."
    by_letters = {one.lower(): one for one in names}
    nearest = [by_letters[one] for one in get_close_matches(name.lower(), by_letters, n=1)]
    guess = f"Did you mean {nearest[0]}? " if nearest else ""
    return f"{guess}There {'are' if len(names) > 1 else 'is'} {', '.join(sorted(names))}."
