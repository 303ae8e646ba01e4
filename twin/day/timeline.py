"""The time line of a day: the events of a drill, the alerts that stood, and the operators' answers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from highwater.drawing.standing import laned, stood
from twin.day.demanded import refusal_of

HIDDEN = ("line", "at", "do", "refused")


def timeline(
    result: Mapping[str, Any], midnight: datetime, minutes: Sequence[float]
) -> dict[str, list[dict[str, Any]]]:
    """Return what is drawn as bars and signs; times are minutes of the day, `minutes` those of the run."""
    first, last = (minutes[0], minutes[-1]) if minutes else (0.0, 0.0)
    minute = _minute_of(midnight)
    return {
        "events": [_event(event) for event in result.get("events", ())],
        "alerts": laned(stood(result["told"], result["cleared"], minute, last), first, last),
        "changes": [
            {"minute": minute(one["at"]), "sign": _named(one), "text": one["text"]}
            for one in result["changed"]
        ],
        "answers": [
            {"minute": minute(answer["at"]), "sign": str(answer["status"]), "text": _short(answer["body"])}
            for answer in result["answers"]
        ],
    }


def happened(
    result: Mapping[str, Any], midnight: datetime, lines: Mapping[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Return all of a time line, and the raises between, in one list for a table, oldest first.

    Where nothing happened there are no rows.
    """
    if not any(lines.values()):
        return []
    alerts = lines["alerts"]
    rows = [
        *_raises(result, _minute_of(midnight)),
        *({**event, "kind": "event"} for event in lines["events"]),
        *(
            {"minute": event["until"], "kind": "ended", "sign": event["sign"], "text": ""}
            for event in lines["events"]
            if event["until"] is not None
        ),
        *({**answer, "kind": "answer"} for answer in lines["answers"]),
        *({**change, "kind": "changed"} for change in lines["changes"]),
        *({"minute": a["from"], "kind": "alert", "sign": _named(a), **a} for a in alerts),
        *(
            {"minute": a["to"], "kind": "over", "sign": _named({**a, "text": a["over"]}), "text": a["over"]}
            for a in alerts
            if not a["stands"]
        ),
    ]
    return sorted(rows, key=lambda row: row["minute"])


def _raises(result: Mapping[str, Any], minute: Callable[[str], float]) -> Iterator[dict[str, Any]]:
    """Yield the raises; of those that fail alike one after the other the first alone."""
    before = None
    for decision in result["decisions"]:
        if (target := decision.get("target")) is None:
            continue
        failed = refusal_of(decision.get("outcome") or ())
        what = target, failed
        if not (failed and what == before):
            text = failed or decision["reason"]
            yield {
                "minute": minute(decision["at"]),
                "kind": "raise",
                "sign": f"desired {target}",
                "text": text,
            }
        before = what


def _named(alert: Mapping[str, Any]) -> str:
    """Name it by its key, or by the case alone where the text begins with whom it is about."""
    case, _, about = alert["key"].partition(" ")
    named = case if about and alert["text"].startswith(about) else alert["key"]
    return f"{alert['cluster']}: {named}:"


def _minute_of(midnight: datetime) -> Callable[[str], float]:
    return lambda at: (datetime.fromisoformat(at) - midnight) / timedelta(minutes=1)


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    ends = event.get("until") if "refused" not in event else None
    fields = ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in event.items()
        if name not in HIDDEN
    )
    refused = f" (did not happen: {event['refused']})" if "refused" in event else ""
    return {
        "minute": _clock(event["at"]),
        "until": _clock(ends) if ends else None,
        "sign": event["do"],
        "text": f"{fields}{refused}",
    }


def _clock(time_of_day: str) -> float:
    hours, minutes, *seconds = map(int, time_of_day.split(":"))
    return hours * 60 + minutes + sum(seconds) / 60


def _short(body: Any) -> str:
    text = body if isinstance(body, str) else json.dumps(body)
    return text if len(text) <= 300 else f"{text[:300]}..."
