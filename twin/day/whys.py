"""Why each host of a day was launched, and why it ended, in the words of the decisions."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from twin.day.demanded import refusal_of
from twin.day.options import MIDNIGHT

NO_RAISE = "no raise of Highwater: AWS or somebody else"
ASKED = re.compile(r"^asked to drain by .*")


def whys_of(
    result: Mapping[str, Any], rdbs: Iterable[Mapping[str, Any]]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return why each host was launched, and why it was released or is not, by instance id.

    `rdbs` are those of the page's data. One that the day begins with was launched for no reason of the day.
    """
    launches = {
        rdb["id"]: MIDNIGHT + timedelta(minutes=rdb["minutes"]["launch"])
        for rdb in rdbs
        if "launch" in rdb["minutes"]
    }
    kept = {
        instance_id: f"not released: {', '.join(reasons)}"
        for instance_id, reasons in result["not_released"].items()
        if reasons
    }
    released = _released_for(result["decisions"], result["told"])
    return _launched_for(result["decisions"], launches), kept | released


def _launched_for(decisions: Iterable[Mapping[str, Any]], launches: Mapping[str, datetime]) -> dict[str, str]:
    """Return the sentence of demand that each launch was for.

    AWS owes the hosts of a raise until it launches them, however late, or until the group has as many as are
    desired. A raise that AWS refused launches nothing.
    """
    owed: list[str] = []
    found: dict[str, str] = {}
    waiting = sorted(launches.items(), key=lambda launch: launch[1])
    for decision in decisions:
        at = datetime.fromisoformat(decision["at"])
        while waiting and waiting[0][1] < at:
            found[waiting.pop(0)[0]] = owed.pop(0) if owed else NO_RAISE
        desired, counted = decision.get("desired"), decision.get("counted") or 0
        if desired is not None and counted >= desired:
            owed.clear()
        if decision.get("target") is not None and not refusal_of(decision.get("outcome") or ()):
            sentence = decision["reason"].partition(": desired ")[0]
            owed += [sentence] * (decision["target"] - max(desired or 0, counted))
    return found | {instance_id: owed.pop(0) if owed else NO_RAISE for instance_id, _ in waiting}


def _released_for(
    decisions: Iterable[Mapping[str, Any]], told: Iterable[Mapping[str, Any]]
) -> dict[str, str]:
    """Return why Highwater released each host that it did release."""
    asked: dict[str, str] = {}
    found: dict[str, str] = {}
    dead = {alert["key"].partition(" ")[2] for alert in told if alert["key"].startswith("dead ")}
    for decision in decisions:
        for instance_id in decision.get("untag") or ():
            asked.pop(instance_id, None)
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
