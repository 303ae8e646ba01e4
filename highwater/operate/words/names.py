"""The names and sizes that commands about a cluster need: what is put into the advice."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

GROUP = re.compile(r"\bgroup ([\w-]+)")
Json = Mapping[str, Any]


def names_of(view: Json) -> dict[str, str]:
    """Return what commands about a cluster name: itself, its group, and sizes that would do."""
    return {
        **_names(view, view["group"]["name"], view["alerts"]),
        "more": str(view["plan"].get("target") or (view["desired"] or 0) + 1),
        "larger": str(view["group"]["max_size"] + 10),
    }


def undecided_names(line: Json) -> dict[str, str]:
    """Return what commands about a cluster name, where only its alerts name its group."""
    found = (GROUP.search(alert["text"]) for alert in line["alerts"])
    return _names(line, next((one[1] for one in found if one), "GROUP"), line["alerts"])


def _names(line: Json, group: str, alerts: Iterable[Json]) -> dict[str, str]:
    """Return what commands name; the tags to set back are in the text of the alert `renamed`."""
    tags = [
        f"ResourceId={group},ResourceType=auto-scaling-group,Key={key},Value={value},PropagateAtLaunch=true"
        for alert in alerts
        if alert["key"] == "renamed"
        for key, value in re.findall(r"(highwater:\w+)=([\w-]+)", alert["text"].rpartition("set ")[2])
    ]
    tagging = f"`aws autoscaling create-or-update-tags --tags {' '.join(tags)}`"
    return {"cluster": line["cluster"], "group": group, "more": "N", "larger": "N", "tagging": tagging}
