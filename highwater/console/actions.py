"""What the page may ask to be done: first the dry run in words, then the request, and what became of it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from highwater.operate import wishes
from highwater.operate.acting import Wish, declined_in_words, dry_run, planned
from highwater.operate.api import Api, checked
from highwater.operate.looking import cluster_of, instance_of
from highwater.operate.words.plain import instant, plain
from highwater.operate.words.times import until_of
from highwater.terminal import Refused, say

MOST = 1000
Json = dict[str, Any]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page asks for. `question` is the one that the person answered with yes, if there was one."""

    action: Literal["raise", "lower", "hold", "lift", "release"]
    instance: str | None = None
    by: int = 1
    until: str = ""
    reason: str = ""
    question: str = ""

    @classmethod
    def of(cls, body: bytes) -> "Asked":
        """Read what the page sent. Raises Refused, naming the field."""
        try:
            asked = msgspec.json.decode(body, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{error}.") from error
        if not 1 <= asked.by <= MOST:
            raise Refused(f"How many: must be from 1 to {MOST}.")
        if asked.action == "hold" and not asked.reason.strip():
            raise Refused("Reason: is needed, so that others know why.")
        return asked


def shown(api: Api, cluster: str, asked: Asked) -> Json:
    """Return what would be done, and the question before it. Raises as `ask` does."""
    wish, words = _wish(api, cluster, asked, dry=True)
    return {**words, "question": wish.question}


def act(api: Api, cluster: str, asked: Asked) -> Json:
    """Ask for it, if it is still what was shown. Raises Refused where it would now be something else."""
    wish, _ = _wish(api, cluster, asked, dry=False)
    if wish.question != asked.question:
        raise Refused("It would now be something else than what was shown: look at it again.")
    with declined_in_words(wish):
        answer = api.ask(wish.method, wish.path, wish.body)
    # An answer that was asked for again, as the first was lost, has no plan.
    plan = answer.get("plan", {})
    said = [plain(text, wish.now) for text in plan.get("asked", ())] or [asked.action]
    say("; ".join(said))
    return {"command": answer["command_id"], "asked": said}


def became(api: Api, cluster: str, command: str) -> Json:
    """Return whether a command still waits. Raises Refused and Failed where it came to nothing."""
    found = checked(api.get(f"/clusters/{cluster}/commands/{command}"))
    return {"state": found["state"], "asked": plain(found["asked"], instant(found["command"]["at"]))}


def _wish(api: Api, cluster: str, asked: Asked, *, dry: bool) -> tuple[Wish, Json]:
    """Return the request, and what it would do in words; of a raise only for a dry run."""
    view = cluster_of(api, cluster)
    now = instant(view["at"])
    whom = instance_of(view, asked.instance) if asked.instance else None
    until = until_of("Until", asked.until, now) if asked.until else None
    plan: Mapping[str, Any]
    match asked.action:
        case "raise":
            body = {"change": asked.by, **({"until": until} if until else {})}
            wish = wishes.capacity(view, body)
            return wish, planned(dry_run(api, wish), now) if dry else {}
        case "lower":
            wish, plan = wishes.fewer(api, view, {"change": -asked.by})
        case "release":
            if whom is None:
                raise Refused("Release: name one RDB.")
            wish, plan = wishes.release(api, view, whom)
        case "hold":
            wish, held = wishes.hold(view, whom, asked.reason, until)
            return wish, _held(held)
        case "lift":
            wish, held = wishes.lift(view, whom)
            return wish, _held(held)
    return wish, planned(plan, now)


def _held(words: Mapping[str, str]) -> Json:
    return {
        "asked": [],
        "does": f"{words['of']} {words['state'].removeprefix('dry run: ')}",
        "why": f"the hold that it has now: {words['hold now']}",
    }
