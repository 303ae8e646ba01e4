"""The releases of what runs, in a line, and a sentence for each part that is of another. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from chalicelib.contract.release import THIS, Release
from highwater.deploy.rules.facts import Stack
from highwater.deploy.rules.ledgers import LedgerSeen
from highwater.deploy.rules.releases import Running, release_of
from highwater.deploy.rules.stack_names import upgrade_command


def tally(numbers: Iterable[str]) -> str:
    """Return how many are of which release: "4 of 0.4.0, 2 of 0.3.0"."""
    counts = Counter(numbers)
    return ", ".join(f"{count} of {number}" for number, count in sorted(counts.items(), reverse=True))


def release_lines(plane: Stack | None, clusters: Iterable[Running], this: Release = THIS) -> Iterator[str]:
    """Yield what a command shows before it changes anything: all that runs, and what is behind."""
    yield headline(plane, this)
    for running in clusters:
        yield f"  {running.cluster}: {parts_of(running)}"
        yield from (f"    {sentence}" for sentence in behind(running, this.number))


def headline(plane: Stack | None, this: Release) -> str:
    """Return the releases of the checkout and of the control plane in a line."""
    there = release_of(plane)
    control_plane = f"control plane {there.number}" if there else "no control plane yet"
    return f"Releases: this checkout {this.number}, which follows {this.follows}; {control_plane}"


def parts_of(running: Running) -> str:
    """Return the releases of a cluster in a line: its stack, its hosts and their q files, as far as known."""
    release = release_of(running.stack)
    parts = [f"stack {release.number}" if release else "no stack yet"]
    if ledger := running.ledger:
        parts += [f"RDBs {tally(host.release for host in ledger.rdbs.values())}"] if ledger.rdbs else []
        parts += [f"tickerplant {ledger.tickerplant.release}"] if ledger.tickerplant else []
        parts += [f"q files {tally(named)}"] if (named := _q_files(ledger)) else []
    return "; ".join(parts)


def behind(running: Running, newest: str) -> Iterator[str]:
    """Yield a sentence for each part of a cluster that is of another release, and how it becomes of this."""
    release = release_of(running.stack)
    if running.stack and release and release.number != newest:
        todo = upgrade_command(running.stack.name)
        yield f"its stack is of {release.number}: `{todo}` brings it to {newest}"
    if (ledger := running.ledger) is None:
        return
    if others := [host.release for host in ledger.rdbs.values() if host.release != newest]:
        rdbs = f"{tally(others)}, of {len(ledger.rdbs)} RDBs"
        yield f"{rdbs}: they leave once they have rolled and drained, as on every evening"
    if ledger.tickerplant and ledger.tickerplant.release != newest:
        yield f"the tickerplant's host is of {ledger.tickerplant.release}, until its group replaces it"
    if others := [number for number in _q_files(ledger) if number != newest]:
        yield f"the q files are {tally(others)}: copy those of {newest} into kx (docs/deploy.md, 4)"


def _q_files(ledger: LedgerSeen) -> list[str]:
    hosts = [*ledger.rdbs.values(), *filter(None, [ledger.tickerplant])]
    return [host.q_release for host in hosts if host.q_release]
