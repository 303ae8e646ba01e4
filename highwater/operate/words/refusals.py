"""The gate's reasons against a release, each with what it means for a person and what to do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from highwater.operate.words.cases import HOST_Q
from highwater.operate.words.plain import plain


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
        "newest report is",
        "its newest report is too old: a drained one counts for ten minutes",
        "look at the host's reporter",
    ),
    Meaning("memory rose", "its memory rose since its report: data came in", "wait for its next report"),
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


def reasons(rdb: Mapping[str, Any], cluster: str, now: datetime) -> list[Reason]:
    """Return what stands against the release of an RDB, the weightiest first.

    That a report has no proof, or is minutes old, means something of a `drained` one only: no other has one,
    and who has rolled reports once an hour.
    """
    of_drained = (NO_PROOF, "newest report is")
    given = [
        text
        for text in rdb["not_released_for"]
        if rdb["state"] == "drained" or not text.startswith(of_drained)
    ]
    found = sorted(((_meaning(text), text) for text in given), key=lambda one: MEANINGS.index(one[0]))
    return [
        Reason(
            plain(text, now),
            meaning.means or plain(text, now),
            meaning.todo.format(cluster=cluster, id=rdb["instance_id"]),
        )
        for meaning, text in found
    ]


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
