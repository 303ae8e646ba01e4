"""The steps of a rehearsal: what each tries, what must happen, and what in Highwater breaks otherwise."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

INSTANCES = 3
WORDY_GROUP = "two words"

StepId = Literal[
    "ledger-conditional",
    "ledger-query",
    "reserved-word",
    "wordy-group",
    "alarm-set",
    "proof-holds",
    "proof-binds",
    "protected",
    "at-min-size",
    "walls-shown",
    "mended-by-role",
    "held",
    "let-go",
    "retained",
    "held-again",
    "undeletable",
    "template-gone",
    "changes-told",
]


class Step(NamedTuple):
    """One step: what it tries and expects, and what in Highwater rests on it."""

    tried: str
    expected: str
    breaks: str


STEPS: Mapping[StepId, Step] = {
    "ledger-conditional": Step(
        "write version 1 of a ledger twice, as two functions that read the same one would",
        "the first is written, the second is refused, and the first, sent again, is known to be there",
        "Two functions overwrite each other's ledger: launches are asked for twice, holds are lost.",
    ),
    "ledger-query": Step(
        "read a cluster's decisions, newest first",
        "the query is answered",
        "GET /clusters/{cluster}/decisions fails; nothing else does.",
    ),
    "reserved-word": Step(
        "the same query with its attribute's name as it is, without an alias",
        "refused, because the name is a reserved word",
        "Nothing: the tests only refuse more than AWS does.",
    ),
    "wordy-group": Step(
        f"queue a batch of two wake-ups, one in the message group {WORDY_GROUP!r}",
        "the other one is queued, whatever happens to this one",
        "One RDB group with such a tag keeps the sweep from waking up to nine other clusters; reports and "
        "alarms still wake them.",
    ),
    "alarm-set": Step(
        "SetAlarmState ALARM on an alarm with GROUP BY",
        "accepted, and the alarm is in ALARM",
        "`highwater check` can't test the way from the alarm to the decision; nothing else does it.",
    ),
    "proof-holds": Step(
        "verify a presigned GetCallerIdentity of a role's session, made for one report",
        "STS names the session",
        "No drained RDB can prove itself: nothing is released, and cost rises to MaxSize.",
    ),
    "proof-binds": Step(
        "verify the same proof for another report",
        "STS refuses the signature",
        "A proof could be used for a report that its RDB never sent: a loaded RDB could be released.",
    ),
    "protected": Step(
        f"SetDesiredCapacity {INSTANCES - 1} with {INSTANCES} instances, all protected from scale-in",
        f"desired is {INSTANCES - 1}, and {INSTANCES} stay in service",
        "When somebody lowers the capacity by number, a loaded RDB is terminated.",
    ),
    "at-min-size": Step(
        f"MinSize {INSTANCES}, walls up: terminate one with decrement",
        "a ValidationError that names the minimum, and nobody ends",
        'A release at MinSize is not refused: the gate\'s reason "the group is at MinSize" rests on it.',
    ),
    "walls-shown": Step(
        "read the group back",
        "it shows retention, deletion protection, protection of new instances, and suspended processes",
        "Walls look down although they stand: they are repaired every minute, and nothing is released.",
    ),
    "mended-by-role": Step(
        "UpdateAutoScalingGroup, by a role that may do only that and not ec2:RunInstances",
        "accepted",
        "The control plane can't put up two of the walls again after somebody has taken them down.",
    ),
    "held": Step(
        "MinSize 0, walls up: terminate one with decrement",
        "it is held in Terminating:Wait",
        "A release is refused while Terminate is suspended, or an RDB ends before the control plane lets go.",
    ),
    "let-go": Step(
        "complete its hook with CONTINUE",
        "exactly that one is gone, and desired is lower by one",
        "A release terminates another RDB than the one that is proven empty, or a new one replaces it.",
    ),
    "retained": Step(
        "terminate another one, complete its hook with ABANDON",
        "it is held in Terminating:Retained",
        "When the hook's two hours end, a loaded RDB is terminated instead of retained: the last wall.",
    ),
    "held-again": Step(
        "terminate the retained one without decrement",
        "a new hook holds it in Terminating:Wait",
        "There is no way out for a retained RDB that is proven empty: it must be terminated by hand.",
    ),
    "undeletable": Step(
        "end the others, delete the empty group without force",
        "refused, because of deletion protection",
        "Nothing prevents that an RDB group is deleted between two days.",
    ),
    "template-gone": Step(
        "delete the launch template, SetDesiredCapacity 1",
        "a Failed activity that names the template",
        "The alert about an overdue launch does not give the reason; it is sent all the same.",
    ),
    "changes-told": Step(
        "SetDesiredCapacity 2 and at once 1, and read the causes of the activities",
        "the cause of the next one tells both changes, with their numbers",
        "A raise of somebody else that a lower write undid is not put back, and nobody is told.",
    ),
}
