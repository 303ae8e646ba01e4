"""Shows which releases run, before a command changes anything."""

from collections.abc import Iterable

from chalicelib.contract.release import RELEASE
from highwater.deploy.rules.behind import behind, headline, parts_of
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.releases import Running
from highwater.terminal import say


def tell_releases(plane: Stack | None, clusters: Iterable[Running]) -> None:
    """Show the releases of all that runs, and a line for each part that is of another one."""
    say(headline(plane))
    for running in clusters:
        say(f"  {running.cluster}: {parts_of(running)}")
        for sentence in behind(running, RELEASE):
            say(f"    {sentence}")
