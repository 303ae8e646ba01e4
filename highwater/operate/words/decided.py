"""Decisions in words: what was decided, why, and what AWS answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from highwater.operate.words.launches import because
from highwater.operate.words.plain import counted, plain

Json = Mapping[str, Any]
STEPS = {
    "terminate": "terminates {}",
    "continue": "lets {} go, which waited at the hook",
    "end-retained": "ends {}, which its group kept",
    "replace": "replaces {}, which is dead",
}


class Parts(NamedTuple):
    """A decision in words: what was asked, why it is so, what it does, and what failed of that."""

    asked: tuple[str, ...]
    why: str
    does: tuple[str, ...]
    failed: tuple[str, ...]


def sentence_of(decision: Json, now: datetime) -> str:
    """Return a decision in a sentence."""
    parts = parts_of(decision, now)
    return "; ".join([*parts.asked, f"{decision['code']}: {parts.why}", *parts.does, *parts.failed])


def parts_of(decision: Json, now: datetime) -> Parts:
    """Return a decision in words."""
    failures = [text for text in decision.get("outcome", ()) if " failed: " in text]
    return Parts(
        tuple(plain(text, now) for text in decision.get("asked", ())),
        because(decision["reason"], now),
        tuple(does(decision, now)),
        tuple(plain(text, now) for text in failures),
    )


def does(decision: Json, now: datetime) -> Iterator[str]:
    """Return what a decision or a plan does beside its raise, and what it refuses."""
    if target := decision.get("target"):
        yield f"writes DesiredCapacity {target}"
    for release in decision.get("release", ()):
        yield STEPS.get(release["step"], "releases {}").format(release["instance_id"])
    if tagged := decision.get("tag"):
        yield f"asks {', '.join(tagged)} to drain"
    if untagged := decision.get("untag"):
        yield f"asks {', '.join(untagged)} no more to drain"
    if walls := decision.get("repair"):
        yield f"puts up {counted(len(walls), 'wall')} again: {', '.join(walls)}"
    for refusal in decision.get("refused", ()):
        of = f" of {refusal['instance_id']}" if refusal.get("instance_id") else ""
        reasons = "; ".join(plain(reason, now) for reason in refusal["reasons"])
        yield f"refuses {refusal['what']}{of}: {reasons}"
    for word, alerts in (("told", "told"), ("changed", "changed"), ("over", "cleared")):
        if keys := [alert["key"] for alert in decision.get(alerts, ())]:
            yield f"alert {word}: {', '.join(keys)}"
    for noted in decision.get("noted", ()):
        yield f"ignored: {plain(noted, now)}"
