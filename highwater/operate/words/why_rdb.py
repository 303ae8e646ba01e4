"""The page of `why` about one RDB: what it does, what it holds, why it is not released, and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from highwater.operate.words.cases import about, advice
from highwater.operate.words.decided import sentence_of
from highwater.operate.words.launches import fact
from highwater.operate.words.names import names_of
from highwater.operate.words.page import NOTHING, Page
from highwater.operate.words.plain import ago, clock, instant, plain, who
from highwater.operate.words.rdbs import holds, memory_of, released, room_words, state_of
from highwater.operate.words.refusals import IS_LIVE, reasons

MOST_DECISIONS = 4
Json = Mapping[str, Any]


def rdb_page(view: Json, instance_id: str, decisions: Sequence[Json]) -> Page:
    """Return the page of one RDB that the cluster shows; `decisions` are those that name it."""
    now = instant(view["at"])
    rdb = next(one for one in view["rdbs"] if one["instance_id"] == instance_id)
    found = reasons(rdb, view["cluster"], now)
    left = released(rdb, now)
    why = f"was {left}" if left else "is not released" if found else "is released now"
    return Page(
        view["cluster"],
        view["at"],
        f"{instance_id} is {state_of(rdb)}, and {why}",
        (*_said(view, rdb, now), *decided(decisions, instance_id, now)),
        (),
        "",
        tuple(_todo(view, rdb, now)) or (NOTHING,),
    )


def gone_page(view: Json, instance_id: str, decisions: Sequence[Json]) -> Page:
    """Return the page of an instance that the cluster does not show any more, by the decisions about it."""
    now = instant(view["at"])
    steps = [
        (decision, release)
        for decision in decisions
        for release in decision.get("release", ())
        if release["instance_id"] == instance_id
    ]
    last = f"it was released at {clock(steps[0][0]['at'], now)}" if steps else "no decision released it"
    return Page(
        view["cluster"],
        view["at"],
        f"{instance_id} is not there any more; {last}",
        tuple(decided(decisions, instance_id, now)),
        (),
        "",
        (NOTHING,),
    )


def decided(decisions: Sequence[Json], instance_id: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Return the newest decisions that did or refused something about it, each in a line."""
    found = [decision for decision in decisions if _concerns(decision, instance_id)]
    for number, decision in enumerate(found[:MOST_DECISIONS]):
        text = f"{clock(decision['at'], now)}: {sentence_of(decision, now)}"
        yield "decided" if not number else "", text


def _concerns(decision: Json, instance_id: str) -> bool:
    """Return whether a decision acted on it, or told of it; that a reason names it does not count."""
    told = [alert for word in ("told", "changed", "cleared") for alert in decision.get(word, ())]
    acted = [*decision.get("release", ()), *decision.get("refused", ())]
    return (
        any(one.get("instance_id") == instance_id for one in acted)
        or any(about(alert) == instance_id for alert in told)
        or any(instance_id in text for text in decision.get("asked", ()))
        or instance_id in [*decision.get("tag", ()), *decision.get("untag", ())]
    )


def _said(view: Json, rdb: Json, now: datetime) -> Iterator[tuple[str, str]]:
    yield "state", f"{state_of(rdb)}; in its group: {rdb['lifecycle'] or 'not there'}"
    read = f", read {ago(rdb['memory_at'], now)}" if rdb["memory_at"] else ""
    yield "memory", f"{memory_of(rdb)}{read}; {room_words(rdb, now)}"
    held = holds(rdb, now)
    said = rdb["reported_at"] and rdb["state"] != "rolled" and "(reported " not in held
    yield "holds", f"{held}, reported {ago(rdb['reported_at'], now)}" if said else held
    # An API of before does not say it.
    if why := rdb.get("why"):
        yield "not drained", f"q says: {why}"
    yield "since", f"first seen at {clock(rdb['first_seen'], now)}, {ago(rdb['first_seen'], now)}"
    for alert in view["alerts"]:
        if about(alert) == rdb["instance_id"]:
            yield "alert", fact(alert, now)
    if drain := rdb["drain"]:
        yield "drain", f"asked for by {who(drain['by'])} at {clock(drain['at'], now)}"
    for number, reason in enumerate(reasons(rdb, view["cluster"], now)):
        yield "kept for" if not number else "", reason.meant


def _todo(view: Json, rdb: Json, now: datetime) -> Iterator[str]:
    own = [alert for alert in view["alerts"] if about(alert) == rdb["instance_id"]]
    yield from advice(own, names_of(view))
    if not own and rdb["state"] == "live":
        yield IS_LIVE
    elif not own:
        found = [
            reason for reason in reasons(rdb, view["cluster"], now) if not reason.todo.startswith(NOTHING)
        ]
        yield from list(dict.fromkeys(plain(f"{reason.todo}", now) for reason in found))[:2]
