"""Decisions in words: what was decided, why, and what AWS answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from highwater.operate.words.launches import because
from highwater.operate.words.plain import plain

Json = Mapping[str, Any]
STEPS = {
    "terminate": "terminates {}",
    "continue": "lets {} go, which waited at the hook",
    "end-retained": "ends {}, which its group kept",
    "replace": "replaces {}, which is dead",
}


def sentence_of(decision: Json, now: datetime) -> str:
    """Return a decision in a sentence: what was asked, what it does, why, and what failed."""
    return "; ".join(_parts(decision, now))


def _parts(decision: Json, now: datetime) -> Iterator[str]:
    for asked in decision.get("asked", ()):
        yield plain(asked, now)
    yield f"{decision['code']}: {because(decision['reason'], now)}"
    yield from does(decision, now)
    for failure in decision.get("outcome", ()):
        if " failed: " in failure:
            yield plain(failure, now)


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
        yield f"puts up again {', '.join(walls)}"
    for refusal in decision.get("refused", ()):
        of = f" of {refusal['instance_id']}" if refusal.get("instance_id") else ""
        reasons = "; ".join(plain(reason, now) for reason in refusal["reasons"])
        yield f"refuses {refusal['what']}{of}: {reasons}"
    for word, alerts in (("told", "told"), ("changed", "changed"), ("over", "cleared")):
        if keys := [alert["key"] for alert in decision.get(alerts, ())]:
            yield f"alert {word}: {', '.join(keys)}"
    for noted in decision.get("noted", ()):
        yield f"ignored: {plain(noted, now)}"
