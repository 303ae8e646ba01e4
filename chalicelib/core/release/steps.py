"""The steps out of a group: which one an RDB takes next, and which gives up a place (rule 3)."""

from typing import Literal, assert_never

from chalicelib.core.facts.rdb import Rdb

Step = Literal["terminate", "replace", "continue", "end-retained"]


def gives_up_place(step: Step) -> bool:
    """Return whether DesiredCapacity falls with this step. Only then is its intent kept in the ledger."""
    match step:
        case "terminate":
            return True
        case "replace" | "continue" | "end-retained":
            return False
        case _:
            assert_never(step)


def next_step(rdb: Rdb) -> Step | None:
    """Return the next step out of its group for a member, None while there is none to take.

    A launch that died while Terminate is suspended stays Pending, and in the way, until it is terminated.
    """
    member = rdb.member
    if member is None:
        return None
    if member.in_service or (member.pending and rdb.dead_at):
        return "terminate"
    if member.waits_to_end:
        return "continue"
    return "end-retained" if member.retained else None
