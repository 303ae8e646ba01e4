"""The status of a stack means the same in every command, and what is not known is no success."""

import botocore.session
import pytest

from highwater.deploy.rules.stack_status import CONDITIONS, condition_of, failure


def test_every_status_of_a_stack_at_rest_has_its_condition_and_a_new_one_is_left_to_people() -> None:
    model = botocore.session.get_session().get_service_model("cloudformation")
    statuses = set(model.shape_for("StackStatus").enum)
    assert {status for status in statuses if condition_of(status) != "changing"} == CONDITIONS.keys()
    assert condition_of("A_NEW_WORD_OF_AWS") == "other"


@pytest.mark.parametrize(
    ("stack", "status", "todo"),
    [
        ("highwater", "ROLLBACK_COMPLETE", "delete the stack with `make remove ARGS=--control-plane`"),
        ("highwater-trades", "ROLLBACK_FAILED", "delete the stack with `make remove CLUSTER=trades`"),
        (
            "highwater-image",
            "ROLLBACK_COMPLETE",
            "delete the stack with `aws cloudformation delete-stack --stack-name highwater-image`",
        ),
        ("highwater", "UPDATE_ROLLBACK_COMPLETE", "The stack is as it was before."),
        ("highwater", "A_NEW_WORD_OF_AWS", "Look at it in the CloudFormation console."),
        ("highwater", "UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name highwater`"),
    ],
)
def test_each_way_to_fail_has_its_remedy(stack: str, status: str, todo: str) -> None:
    assert todo in (failure(stack, status, "") or "")


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "DELETE_COMPLETE"]
)
def test_a_stack_that_is_as_it_should_be_is_no_failure(status: str) -> None:
    assert failure("highwater", status, "") is None
