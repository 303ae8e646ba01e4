"""Which releases may meet: what is refused before anything changes. Pure.

Up, the control plane goes first. Back, it may: its words were known to the release before
(docs/upgrading.md). But what a cluster imports it cannot drop: then the cluster goes back first.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple, assert_never

from chalicelib.contract.release import THIS, Release, neighbours
from chalicelib.core.facts.ledger import SCHEMA
from highwater.deploy.rules.facts import Image, Stack
from highwater.deploy.rules.ledgers import LedgerSeen
from highwater.deploy.rules.preflight import FOLLOWS_OUTPUT, VERSION_OUTPUT, changing_refusal, first
from highwater.deploy.rules.stack_names import upgrade_command

MOST_NAMED = 3


class Running(NamedTuple):
    """One cluster: its stack, and its ledger where there is one that can be read."""

    cluster: str
    stack: Stack | None
    ledger: LedgerSeen | None = None


def release_of(stack: Stack | None) -> Release | None:
    """Return the release of a stack; None for one that names none, since its creation failed."""
    if stack is None or VERSION_OUTPUT not in stack.outputs:
        return None
    return Release(stack.outputs[VERSION_OUTPUT], stack.outputs.get(FOLLOWS_OUTPUT, ""))


def control_plane_release_refusal(
    plane: Stack | None,
    clusters: Iterable[Running],
    dropped: Collection[str] = (),
    this: Release = THIS,
) -> str | None:
    """Refuse a control plane of this release where a cluster, a host or a ledger is of no neighbour.

    `dropped` are the exports that it would not have any more.
    """
    found = tuple(clusters)
    there = release_of(plane)
    stacks = (plane, *(running.stack for running in found))
    return first(
        (
            *(changing_refusal(running.stack) for running in found),
            _step_refusal(plane, this),
            *(_left_cluster_refusal(running.stack, dropped, this) for running in found),
            *(_schema_refusal(running) for running in found),
            # Where the release stays, nobody meets another one than before.
            *(
                _hosts_refusal(running, stacks, this)
                for running in found
                if there and there.number != this.number
            ),
        )
    )


def cluster_release_refusal(plane: Stack | None, running: Running, this: Release = THIS) -> str | None:
    """Refuse a cluster of this release where the control plane, a host or its ledger is of no neighbour."""
    there = release_of(running.stack)
    return first(
        (
            changing_refusal(plane),
            _step_refusal(running.stack, this),
            _older_control_plane_refusal(plane, this),
            _schema_refusal(running),
            _hosts_refusal(running, (plane, running.stack), this)
            if there and there.number != this.number
            else None,
        )
    )


def image_release_refusal(image: Image | None, plane: Stack | None, stack: Stack | None) -> str | None:
    """Refuse an image whose hosts would be of no neighbour of the control plane."""
    there = release_of(plane)
    if image is None or not image.release or there is None:
        return None
    if neighbours(_known(plane, stack).get(image.release, Release(image.release)), there):
        return None
    return (
        f"Image {image.id} has a reporter of {image.release}, no neighbour of the control plane's "
        f"{_named(there)}: give one of that release as --image; `make image` builds one."
    )


def other_image_warning(image: Image | None, this: Release = THIS) -> str | None:
    """Warn of an image of another release than the checkout: new hosts are of the image's."""
    if image is None or image.release in ("", this.number):
        return None
    return (
        f"Image {image.id} has a reporter of {image.release}, and so have new hosts: `make image` builds one "
        f"of {this.number}, and --image sets it."
    )


def image_warning(plane: Stack | None, this: Release = THIS) -> str | None:
    """Warn of a host image that would be newer than the control plane."""
    there = release_of(plane)
    if there is None or this.way_to(there) in ("same", "up"):
        return None
    return (
        f"The reporter in this image is of {this.number}, and the control plane of {there.number}: bring the "
        f"control plane to {this.number} before hosts start from it."
    )


def _known(*stacks: Stack | None) -> dict[str, Release]:
    """Return the releases of which a stack says whom they follow, by their numbers."""
    return {release.number: release for stack in stacks if (release := release_of(stack))}


def _step_refusal(stack: Stack | None, this: Release) -> str | None:
    """Refuse to go over more than one release, up or back."""
    if stack is None or (there := release_of(stack)) is None or this.way_to(there):
        return None
    return (
        f"Stack {stack.name} is of {_named(there)}, and this checkout of {_named(this)}: go by one release "
        "at a time, up or back."
    )


def _named(release: Release) -> str:
    return release.number + (f", which follows {release.follows}" if release.follows else "")


def _left_cluster_refusal(stack: Stack | None, dropped: Collection[str], this: Release) -> str | None:
    """Refuse a control plane that would leave a cluster more than one release away, or without an import."""
    if stack is None or (there := release_of(stack)) is None:
        return None
    match there.way_to(this):
        case "same" | "up":
            return None
        case "back" if dropped:
            return (
                f"Stack {stack.name} is of {there.number}, and may import {', '.join(sorted(dropped))}, "
                f"which a control plane of {this.number} has not: a cluster goes back first, so run "
                f"`{upgrade_command(stack.name)}` from this checkout, then this again."
            )
        case "back":
            return None
        case None:
            return _step_refusal(stack, this)
        case other:
            assert_never(other)


def _older_control_plane_refusal(plane: Stack | None, this: Release) -> str | None:
    """Refuse a cluster that would be newer than the control plane, or older by more than one release."""
    if plane is None or (there := release_of(plane)) is None:
        return None
    match there.way_to(this):
        case "same" | "back":
            return None
        case "up":
            return (
                f"Stack {plane.name} is of {there.number}, and this checkout of {this.number}: the control "
                f"plane goes up first, so run `{upgrade_command(plane.name)}`, then this again."
            )
        case None:
            return _step_refusal(plane, this)
        case other:
            assert_never(other)


def _schema_refusal(running: Running) -> str | None:
    """Refuse a ledger that this release would not read: it would stand in for it, and forget the day."""
    ledger = running.ledger
    if ledger is None or ledger.schema == SCHEMA:
        return None
    return (
        f"The ledger of cluster {running.cluster} has schema {ledger.schema} and was written by "
        f"{ledger.release}, and this checkout reads schema {SCHEMA} alone: use that release."
    )


def _hosts_refusal(running: Running, stacks: Iterable[Stack | None], this: Release) -> str | None:
    """Refuse where hosts, or who wrote the ledger, are of no neighbour. A stack says whom its own follows."""
    ledger = running.ledger
    if ledger is None:
        return None
    known = _known(*stacks)

    def is_far(number: str) -> bool:
        return this.way_to(known.get(number, Release(number))) is None

    if is_far(ledger.release):
        return (
            f"The ledger of cluster {running.cluster} was written by {ledger.release}, which is no neighbour "
            f"of {_named(this)}: go by one release at a time, up or back."
        )
    if far := [instance_id for instance_id, host in ledger.rdbs.items() if is_far(host.release)]:
        some = ", ".join(sorted(far)[:MOST_NAMED]) + (", ..." if len(far) > MOST_NAMED else "")
        numbers = " and ".join(sorted({ledger.rdbs[instance_id].release for instance_id in far}))
        return (
            f"{len(far)} RDB{'s' * (len(far) > 1)} of cluster {running.cluster} ({some}) of {numbers}, no "
            f"neighbour of {_named(this)}: wait until they have drained and left, then run this again."
        )
    if ledger.tickerplant and is_far(ledger.tickerplant.release):
        return (
            f"The tickerplant of cluster {running.cluster} is on a host of {ledger.tickerplant.release}, no "
            f"neighbour of {_named(this)}: outside a session let its group replace that host, then run this "
            "again."
        )
    return None
