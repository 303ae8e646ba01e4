"""CloudFormation's words for the status of a stack, and the sentence about a change that failed. Pure."""

from collections.abc import Mapping
from typing import Literal, assert_never

from highwater.deploy.rules.stack_names import removal_command

Condition = Literal[
    "complete", "changing", "not created", "rolled back", "stuck", "deleted", "not deleted", "other"
]
# Every status of a stack at rest; a new one is "other".
CONDITIONS: Mapping[str, Condition] = {
    "CREATE_COMPLETE": "complete",
    "UPDATE_COMPLETE": "complete",
    "IMPORT_COMPLETE": "complete",
    "CREATE_FAILED": "not created",
    "ROLLBACK_COMPLETE": "not created",
    "ROLLBACK_FAILED": "not created",
    "UPDATE_ROLLBACK_COMPLETE": "rolled back",
    "IMPORT_ROLLBACK_COMPLETE": "rolled back",
    "UPDATE_ROLLBACK_FAILED": "stuck",
    "DELETE_COMPLETE": "deleted",
    "DELETE_FAILED": "not deleted",
    "UPDATE_FAILED": "other",
    "IMPORT_ROLLBACK_FAILED": "other",
}


def condition_of(status: str) -> Condition:
    """Return the condition in which a stack of that status is."""
    return "changing" if status.endswith("_IN_PROGRESS") else CONDITIONS.get(status, "other")


def failure(stack: str, status: str, reason: str) -> str | None:
    """Say why a stack after a change is not as it should be, and what to do; None if it is."""
    match condition := condition_of(status):
        case "complete" | "deleted":
            return None
        case "not created":
            todo = f"Fix the cause, delete the stack with `{removal_command(stack)}` and run this again."
        case "rolled back":
            todo = "The stack is as it was before. Fix the cause and run this again."
        case "stuck":
            todo = f"Fix the cause and run `{resumption_command(stack)}`."
        case "not deleted":
            todo = "Fix the cause and run this again."
        case "changing" | "other":
            todo = "Look at it in the CloudFormation console."
        case _:
            assert_never(condition)
    return f"Stack {stack} ended in {status}. {reason or 'CloudFormation gave no reason.'}\n{todo}"


def resumption_command(stack: str) -> str:
    """Name the command that goes on with an update's rollback."""
    return f"aws cloudformation continue-update-rollback --stack-name {stack}"
