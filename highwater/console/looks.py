"""What the page shows of clusters as they are now, in the words of the other commands."""

from collections.abc import Mapping
from typing import Any

from highwater.operate.api import Api, Forbidden, Unknown
from highwater.operate.commands.clusters import HEADINGS, row
from highwater.operate.looking import cluster_of, decisions_of, line_of, listed
from highwater.operate.words.cases import advice_of, urgent_first
from highwater.operate.words.decided import parts_of
from highwater.operate.words.names import names_of, undecided_names
from highwater.operate.words.page import NOTHING, Page
from highwater.operate.words.plain import clock, instant, minutes, plain
from highwater.operate.words.rdbs import live_of, memory_of, room_words, roomy
from highwater.operate.words.rolls import is_full
from highwater.operate.words.why import page_of, undecided_page

NEWEST = 30
# The alerts have a list of their own on the page.
APART = "alert"
Json = dict[str, Any]


def clusters(api: Api, first: str | None) -> Json:
    """Return a line of words for each cluster; of the `first` alone where nobody may list them."""
    try:
        lines = listed(api)
    except Forbidden:
        if first is None:
            raise
        return {"first": first, "headings": HEADINGS, "lines": []}
    return {
        "first": first,
        "headings": HEADINGS,
        "lines": [
            {"cluster": line["cluster"], "cells": row(line), "alerts": len(line["alerts"])} for line in lines
        ],
    }


def look(api: Api, cluster: str) -> Json:
    """Return a cluster as it is now. Raises Unknown, with the nearest name."""
    try:
        view = cluster_of(api, cluster)
    except Unknown:
        line = line_of(api, cluster)
        if line is None:
            raise
        decisions = list(decisions_of(api, cluster, NEWEST))
        page = undecided_page(line, decisions)
        return {"at": None, **_said(page), **_told(line, undecided_names(line), decisions)}
    decisions = list(decisions_of(api, cluster, NEWEST))
    page = page_of(view, decisions, most=len(view["rdbs"]))
    now, at = instant(view["at"]), {rdb["instance_id"]: rdb for rdb in view["rdbs"]}
    settings = view["settings"]
    return {
        "at": view["at"],
        "time": clock(now, now, seconds=True),
        **_said(page),
        "cards": _cards(view),
        "hold": view["hold"] is not None,
        "thresholds": {"roll": settings["roll_threshold"], "hard": settings["hard_threshold"]},
        "rdbs": [
            {
                "id": entry.instance_id,
                "state": entry.state,
                "memory": entry.memory,
                "percent": at[entry.instance_id]["memory_percent"],
                "holds": entry.holds,
                "window": [at[entry.instance_id]["first_index"], at[entry.instance_id]["last_index"]],
                "room": room_words(at[entry.instance_id], now),
                "notes": entry.notes,
                "hold": at[entry.instance_id]["hold"] is not None,
                "there": at[entry.instance_id]["lifecycle"] is not None,
            }
            for entry in page.rdbs
        ],
        **_told(view, names_of(view), decisions),
    }


def decided(decision: Mapping[str, Any]) -> Json:
    """Return a decision as a row: what was asked, why, what it did, and what AWS answered."""
    now = instant(decision["at"])
    parts = parts_of(decision, now)
    return {
        "id": decision["id"],
        "at": decision["at"],
        "time": clock(now, now, seconds=True),
        "code": decision["code"],
        "asked": parts.asked,
        "why": parts.why,
        "does": parts.does,
        "failed": parts.failed,
        "triggers": decision.get("triggers", ()),
        "outcome": [plain(text, now) for text in decision.get("outcome", ())],
    }


def _said(page: Page) -> Json:
    return {
        "cluster": page.cluster,
        "headline": page.headline,
        "said": [[word, text] for word, text in page.said if word != APART],
        "todo": [text for text in page.todo if not text.startswith(NOTHING)],
    }


def _told(line: Mapping[str, Any], names: Mapping[str, str], decisions: list[Json]) -> Json:
    """Return the alerts that stand, the most urgent first, and the newest decisions."""
    alerts = [
        {
            "key": alert["key"],
            "since": clock(alert["since"], instant(line.get("at") or alert["since"])),
            "text": plain(alert["text"], instant(line.get("at") or alert["since"])),
            "todo": advice_of(alert, names, line["alerts"]),
        }
        for alert in urgent_first(line["alerts"])
    ]
    return {"alerts": alerts, "decisions": [decided(decision) for decision in decisions]}


def _cards(view: Mapping[str, Any]) -> list[Json]:
    """Return the numbers that are read first: name, value, what else to say, and whether it is bad."""
    left, live, alerts = view["runway_minutes"], live_of(view), view["alerts"]
    (there, owed), group, lead = roomy(view), view["group"], minutes(view["settings"]["lead_seconds"] / 60)
    until = f"until {live['instance_id']} rolls; {memory_of(live)}" if live else "no RDB is live"
    if live and is_full(live, view) and view["settings"]["hard_threshold"]:
        # It waits for another one: what is left is how long it can.
        left = view.get("hard_minutes")
        until = (
            f"until {live['instance_id']} is at {view['settings']['hard_threshold']:g} %; {memory_of(live)}"
        )
    cards = [
        (
            "Runway",
            "no end" if left is None else minutes(left),
            until,
            live is None,
        ),
        (
            "With room",
            f"{there} of {view['counted']}" + (f", {owed} owed" if owed else ""),
            plain(view["reason"], instant(view["at"])),
            view["with_room"] == 0,
        ),
        (
            "Hosts",
            f"{view['counted']} of {view['desired']}",
            f"MinSize {group['min_size']}, MaxSize {group['max_size']}; a launch takes {lead}",
            False,
        ),
        (
            "Alerts",
            str(len(alerts)) if alerts else "none",
            ", ".join(alert["key"].partition(" ")[0] for alert in urgent_first(alerts)),
            bool(alerts),
        ),
    ]
    return [dict(zip(("name", "value", "more", "bad"), card, strict=True)) for card in cards]
