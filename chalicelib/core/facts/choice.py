"""The choice of a cluster's group where more than one has its tags (rule 15)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract.names import CLUSTER_TAG
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import KnownGroup, Ledger

TAKEOVER_TOLD = timedelta(hours=1)


class Choice(msgspec.Struct, frozen=True):
    """The group of a cluster. `doubt` names the others, or the one before it; empty where there is none."""

    group: Group
    doubt: str = ""


def choice_of(ledger: Ledger, groups: Sequence[Group], now: datetime) -> Choice:
    """Return which of the groups with the cluster's tags goes on. There is at least one.

    One that is being deleted counts only where there is no other. Of the rest the one that the ledger knows
    goes on, so that a copy changes nothing. In a new ledger it is the one with the most members: they may
    hold data, and in an empty copy they would not count, so that others would be launched. Of two alike it
    is the first by name.
    """
    known = ledger.group
    name = known.name if known else ""
    able = [group for group in groups if not group.deleting] or list(groups)
    best = min(able, key=lambda group: (group.name != name, -len(group.members), group.name))
    others = sorted(group.name for group in able if group.name != best.name)
    if others:
        return Choice(
            best,
            f"tag {CLUSTER_TAG}={ledger.cluster} is on more than one group: {best.name} goes on, "
            f"{', '.join(others)} ignored; remove the tag from those that are not the cluster's, "
            "releases wait",
        )
    return Choice(best, _takeover(known, best.name, now))


def with_choice(ledger: Ledger, choice: Choice, now: datetime) -> Ledger:
    """Return the ledger that knows the group, since when, and which one it followed.

    What was asked for that one is owed to nobody here.
    """
    known, name = ledger.group, choice.group.name
    if known is None:
        return msgspec.structs.replace(ledger, group=KnownGroup(name, now))
    if known.name == name:
        return ledger
    return msgspec.structs.replace(ledger, group=KnownGroup(name, now, known.name), asked=None)


def _takeover(known: KnownGroup | None, name: str, now: datetime) -> str:
    """A group that is gone was followed by another, as in a blue/green change: told for an hour."""
    if known is None:
        return ""
    before, since = (known.before, known.since) if known.name == name else (known.name, now)
    if not before or now - since >= TAKEOVER_TOLD:
        return ""
    return (
        f"group {name} has followed {before}, which is gone or is being deleted, since {since:%FT%TZ}: "
        f"look for instances of {before} that still hold data; Highwater releases none of them"
    )
