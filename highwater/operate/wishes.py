"""What operators may wish: each request with the question that comes before it, and what it would do."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from highwater.operate.acting import Wish, dry_run
from highwater.operate.api import Api
from highwater.operate.words.plain import clock, instant, plain
from highwater.operate.words.refusals import AGE, ON_HOLD, meant_of

Json = Mapping[str, Any]


def capacity(view: Json, body: Json) -> Wish:
    """Wish for more hosts."""
    return Wish("POST", f"/clusters/{view['cluster']}/capacity", body, instant(view["at"]))


def fewer(api: Api, view: Json, body: Json) -> tuple[Wish, Json]:
    """Wish for fewer hosts; the second is the plan. Raises as `dry_run` does."""
    wish = capacity(view, body)
    plan = dry_run(api, wish)
    drains = plan.get("tag", ())
    question = (
        f"{', '.join(drains)} {'are' if len(drains) > 1 else 'is'} asked to drain, and terminated then."
    )
    return wish._replace(question=question if drains else ""), plan


def release(api: Api, view: Json, whom: str) -> tuple[Wish, Json]:
    """Wish that an RDB leaves; the second is the plan. Raises as `dry_run` does."""
    rdb = next(one for one in view["rdbs"] if one["instance_id"] == whom)
    phrase = partial(meant_of, rdb, view["cluster"])
    path = f"/clusters/{view['cluster']}/rdbs/{whom}/release"
    wish = Wish("POST", path, {}, instant(view["at"]), phrase=phrase)
    plan = dry_run(api, wish)
    drains = whom in plan.get("tag", ())
    what = "is asked to drain, and terminated then" if drains else "is terminated"
    return wish._replace(question=f"{whom} {what}."), plan


def hold(view: Json, whom: str | None, reason: str, until: str | None) -> tuple[Wish, dict[str, str]]:
    """Wish for a hold on the cluster, or on one RDB. The second is what would be: the API has no dry run."""
    now = instant(view["at"])
    body = {"reason": reason, **({"until": until} if until else {})}
    end = f"until {clock(until, now)}" if until else "without an end"
    shown = _shown(view, whom, f"would be on hold {end}: {reason}")
    return Wish("PUT", _hold_path(view, whom), body, now), shown


def lift(view: Json, whom: str | None) -> tuple[Wish, dict[str, str]]:
    """Wish that a hold is lifted. The second is what would be."""
    freed = freed_by(view, whom)
    question = f"{', '.join(freed)} {'are' if len(freed) > 1 else 'is'} drained, and released at once then."
    then = f"and {', '.join(freed)} released at once" if freed else "and nobody released by that"
    shown = _shown(view, whom, f"would be lifted, {then}")
    wish = Wish("DELETE", _hold_path(view, whom), None, instant(view["at"]), question if freed else "")
    return wish, shown


def freed_by(view: Json, whom: str | None) -> list[str]:
    """Return the RDBs that nothing but this hold keeps: the cluster's, or that of one RDB.

    While it stands their newest reports may be old: the next one counts.
    """
    lifted = ON_HOLD[0] if whom is None else ON_HOLD[1]
    return [
        rdb["instance_id"]
        for rdb in view["rdbs"]
        if whom in (None, rdb["instance_id"])
        and any(reason.startswith(lifted) for reason in rdb["not_released_for"])
        and all(reason.startswith((lifted, AGE)) for reason in rdb["not_released_for"])
    ]


def _hold_path(view: Json, whom: str | None) -> str:
    return f"/clusters/{view['cluster']}" + (f"/rdbs/{whom}" if whom else "") + "/hold"


def _shown(view: Json, whom: str | None, state: str) -> dict[str, str]:
    """Return whom it is about, the hold that is there, and what would become of it."""
    rdb = next((one for one in view["rdbs"] if one["instance_id"] == whom), None)
    there = rdb["hold"] if rdb else view["hold"]
    now = instant(view["at"])
    said = plain(f"by {there['by']} since {there['at']}: {there['reason']}", now) if there else "none"
    return {"of": whom or f"cluster {view['cluster']}", "hold now": said, "state": f"dry run: {state}"}
