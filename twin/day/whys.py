"""Why each host of a day was launched, and why it ended, in the words of the decisions."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from twin.day.demanded import is_refused
from twin.day.options import MIDNIGHT

# A launch follows the raise that asked for it by so much at most; any other is AWS's own.
FOLLOWS = timedelta(minutes=15)
NO_RAISE = "no raise of Highwater: AWS or somebody else"
ASKED = re.compile(r"^asked to drain by .*")


def whys_of(
    result: Mapping[str, Any], rdbs: Iterable[Mapping[str, Any]]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return why each host was launched, and why it was released, by instance id.

    `rdbs` are those of the page's data. One that the day begins with was launched for no reason of the day.
    """
    launches = {
        rdb["id"]: MIDNIGHT + timedelta(minutes=rdb["minutes"]["launch"])
        for rdb in rdbs
        if "launch" in rdb["minutes"]
    }
    return _launched_for(result["decisions"], launches), _released_for(result["decisions"], result["told"])


def _launched_for(decisions: Iterable[Mapping[str, Any]], launches: Mapping[str, datetime]) -> dict[str, str]:
    """Return the sentence of demand that each launch was for; a raise that AWS refused launches nothing."""
    raises = [
        (datetime.fromisoformat(decision["at"]), decision["reason"].partition(": desired ")[0])
        for decision in decisions
        if decision.get("target") is not None and not is_refused(decision.get("outcome") or ())
        for _ in range(decision["target"] - max(decision.get("desired") or 0, decision.get("counted") or 0))
    ]
    found = {}
    for instance_id, launched in sorted(launches.items(), key=lambda launch: launch[1]):
        raises = [one for one in raises if launched - one[0] < FOLLOWS]
        is_ours = bool(raises) and raises[0][0] <= launched
        found[instance_id] = raises.pop(0)[1] if is_ours else NO_RAISE
    return found


def _released_for(
    decisions: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Return why Highwater released each host that it did release."""
    asked: dict[str, str] = {}
    found: dict[str, str] = {}
    dead = {alert["key"].partition(" ")[2] for alert in told if alert["key"].startswith("dead ")}
    for decision in decisions:
        for instance_id, room in (decision.get("rooms") or {}).items():
            if ASKED.match(room["why"]):
                asked[instance_id] = room["why"]
        for release in decision.get("release") or ():
            instance_id = release["instance_id"]
            drained = (
                f"{asked[instance_id]}, and drained" if instance_id in asked else "drained: the day ended"
            )
            found.setdefault(instance_id, "EC2 terminated it" if instance_id in dead else drained)
    return found
