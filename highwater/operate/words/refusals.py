"""The gate's reasons against a release, each with what it means for a person and what to do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from highwater.operate.words.cases import HOST_Q
from highwater.operate.words.plain import clock, plain, who


class Meaning(NamedTuple):
    """How a reason begins, what it means if its words do not say it, and what to do.

    The first of the table weighs most.
    """

    begins: str
    means: str
    todo: str


# A doubt about the whole cluster, in any words: no reason begins like this.
OF_CLUSTER = Meaning(
    "\n", "the alert of the cluster stands", "see the cluster's alerts: `highwater alerts {cluster}`"
)
LOOK_AT_Q = HOST_Q.replace("{ids}", "it")
IS_LIVE = "nothing: it is the live one"
ASKED = "wait a minute; if it stays, look at the reporter on that host: `highwater-rdb check`"
AGE = "newest report is"
ON_HOLD = ("the cluster is on hold", "the RDB is on hold")
WAIT_FOR_DRAIN = "let it drain: the write-down saves its data at the end of the day, then it drains"
MEANINGS = (
    Meaning("the cluster is on hold", "the cluster is on hold", "lift it: `highwater lift {cluster}`"),
    Meaning("the RDB is on hold", "", "lift it: `highwater lift {cluster} {id}`"),
    Meaning("wall missing", "", "wait a minute: it is being put up again"),
    Meaning("wall unknown", "", "wait a minute; if it stays, see docs/safety.md, The walls"),
    OF_CLUSTER,
    Meaning("it is the live one", "it takes the updates now", "nothing: another must be live first"),
    Meaning("holds ", "", WAIT_FOR_DRAIN),
    Meaning("rows unknown", "nobody knows what it holds", LOOK_AT_Q),
    Meaning("never reported", "", "look at the reporter on that host: `highwater-rdb check`"),
    Meaning("not drained but live", "it is live", "nothing: another must be live first"),
    Meaning("not drained but rolled", "it has not said that it is empty", WAIT_FOR_DRAIN),
    Meaning(
        "not drained but standby",
        "it stands by and was not asked to drain",
        "ask it to drain: `highwater release {cluster} {id}`",
    ),
    Meaning("not drained but unknown", "its q does not answer", LOOK_AT_Q),
    Meaning("not drained but ", "it is not ready yet", "wait until it is ready, and drains"),
    Meaning("no proof", "", "look at the host's role and clock: `highwater-rdb check` there"),
    Meaning("the proof is of report", "", "wait for its next report, a minute at most"),
    Meaning(
        AGE,
        "its newest report is too old: a drained one counts for ten minutes",
        "look at the host's reporter",
    ),
    Meaning("memory rose", "", "wait for its next report"),
    Meaning(
        "the group is at MinSize",
        "the group is at MinSize, and so many hosts are kept",
        "nothing, or a lower MinSize",
    ),
    Meaning("already released", "it is on its way out", "wait two minutes"),
    Meaning("not in service", "", "wait, or finish what somebody began by hand"),
    Meaning("not in this group", "it is not in the group", "nothing"),
)
NO_PROOF = "no proof: none came with a report"


class Reason(NamedTuple):
    """One reason against a release in the API's words, what it means, and what to do."""

    said: str
    means: str
    todo: str

    @property
    def meant(self) -> str:
        """The reason in the API's words, by which safety.md explains it, with what it means."""
        if self.means in self.said:
            return self.said
        return self.means if self.means.startswith(self.said) else f"{self.said}: {self.means}"


def meant_of(rdb: Mapping[str, Any], cluster: str, said: Sequence[str], now: datetime) -> list[str]:
    """Return the reasons of a refusal to release an RDB, each with what it means, the weightiest first.

    A standby is refused in the words of a request to drain: the gate was not asked.
    """
    if rdb["state"] == "standby":
        return [plain(text, now) for text in said]
    return [reason.meant for reason in reasons({**rdb, "not_released_for": said}, cluster, now)]


def reasons(rdb: Mapping[str, Any], cluster: str, now: datetime) -> list[Reason]:
    """Return what stands against the release of an RDB, the weightiest first.

    That a report has no proof, or is minutes old, means something of a `drained` one only, and its age
    nothing while a hold stands, as its repetitions are not kept then. That the live one is not drained goes
    without saying.
    """
    said, idle = rdb["not_released_for"], set[str]()
    if rdb["state"] != "drained":
        idle |= {text for text in said if text.startswith((NO_PROOF, AGE))}
    elif any(text.startswith(ON_HOLD) for text in said):
        idle |= {text for text in said if text.startswith(AGE)}
    if rdb["state"] == "live":
        idle.add("not drained but live")
    found = [(_meaning(text), text) for text in said if text not in idle]
    found.sort(key=lambda one: MEANINGS.index(one[0]))
    return [_reason(meaning, text, rdb, cluster, now) for meaning, text in found]


def _reason(meaning: Meaning, text: str, rdb: Mapping[str, Any], cluster: str, now: datetime) -> Reason:
    means, todo = meaning.means, meaning.todo.format(cluster=cluster, id=rdb["instance_id"])
    if (drain := rdb["drain"]) and text == "not drained but standby":
        asked = f"asked to drain at {clock(drain['at'], now)} by {who(drain['by'])}"
        means, todo = f"{asked}, has not said yet that it is empty", ASKED
    return Reason(plain(text, now), means or plain(text, now), todo)


def kept_for(rdb: Mapping[str, Any], cluster: str, now: datetime) -> str:
    """Return in one line why an RDB is not released: the two weightiest reasons.

    That it is not drained goes without saying where another reason is there.
    """
    found = reasons(rdb, cluster, now)
    strong = [reason.means for reason in found if not reason.said.startswith("not drained")]
    shown = strong or [reason.means for reason in found]
    return "; ".join(shown[:2]) or "it is released now"


def _meaning(text: str) -> Meaning:
    return next((meaning for meaning in MEANINGS if text.startswith(meaning.begins)), OF_CLUSTER)
