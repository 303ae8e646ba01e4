"""A name, region, value, stack or control plane that cannot work is refused in one sentence."""

import pytest

from highwater.deploy.rules import templates
from highwater.deploy.rules.facts import ControlPlaneFacts, Stack
from highwater.deploy.rules.preflight import (
    cluster_stack_refusal,
    concurrency_warning,
    control_plane_refusal,
    region_refusal,
    stack_refusal,
    value_refusal,
)
from highwater.deploy.rules.stack_names import name_refusal
from highwater.deploy.rules.templates import Name
from tests.highwater.builders import stack

PARAMETERS = """
Parameters:
  Cluster: {Type: String, AllowedPattern: '[A-Za-z0-9][A-Za-z0-9_-]*', MaxLength: 34}
  MaxSize: {Type: Number, MinValue: 2, MaxValue: 1000}
  ScaleThreshold: {Type: Number, MinValue: 5, MaxValue: 94}
  LeadSeconds: {Type: Number, MinValue: 1}
"""


@pytest.mark.parametrize(
    ("there", "upgrade", "sentence"),
    [
        (
            stack(),
            False,
            "Stack highwater-trades exists in eu-west-1 already: add --upgrade to change it, or choose "
            "another name.",
        ),
        (
            None,
            True,
            "Stack highwater-trades does not exist in eu-west-1: leave out --upgrade to create it.",
        ),
        (
            stack("UPDATE_IN_PROGRESS"),
            True,
            "Stack highwater-trades is in UPDATE_IN_PROGRESS: wait until that is over, then run this again.",
        ),
        (
            stack("ROLLBACK_COMPLETE"),
            False,
            "Stack highwater-trades is in ROLLBACK_COMPLETE and cannot be changed: delete it with "
            "`make remove CLUSTER=trades`, then run this again.",
        ),
        (
            stack("UPDATE_ROLLBACK_FAILED"),
            True,
            "Stack highwater-trades is in UPDATE_ROLLBACK_FAILED: run `aws cloudformation "
            "continue-update-rollback --stack-name highwater-trades`, then run this again.",
        ),
        (stack("UPDATE_ROLLBACK_COMPLETE"), True, None),
        (stack(outputs={"Logs": "fs-1", "HighwaterVersion": "0.2.0"}), True, None),
        (
            stack(outputs={"Logs": "fs-1"}),
            True,
            "Stack highwater-trades has no output HighwaterVersion, so it is of Highwater 0.1.0 and cannot "
            "be upgraded: delete it with `make remove CLUSTER=trades`, then run this again.",
        ),
        (None, False, None),
    ],
)
def test_a_stack_is_changed_only_from_a_state_that_allows_it(
    there: Stack | None, upgrade: bool, sentence: str | None
) -> None:
    assert stack_refusal("highwater-trades", there, "eu-west-1", upgrade) == sentence


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            ControlPlaneFacts(None, "not ours"),
            "S3 bucket code is not this account's, or not readable: ask its owner to delete it.",
        ),
        (
            ControlPlaneFacts(None, "elsewhere"),
            "S3 bucket code is in another region: delete it, then run this again.",
        ),
        (
            ControlPlaneFacts(None, "free", taken=(Name("AWS::SQS::Queue", "highwater-wake-ups.fifo"),)),
            "SQS Queue highwater-wake-ups.fifo exists already and belongs to no stack of this name: delete "
            "or rename it, then run this again.",
        ),
        (
            ControlPlaneFacts(None, "ours", exported=frozenset({"highwater-key"})),
            "Another stack exports highwater-key: delete that stack, then run this again.",
        ),
        (ControlPlaneFacts(None, "free"), None),
    ],
)
def test_a_control_plane_that_cannot_work_is_refused_in_one_sentence(
    found: ControlPlaneFacts, sentence: str | None
) -> None:
    assert control_plane_refusal(found, "code", "eu-west-1", upgrade=False) == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("trades", None),
        ("image", "CLUSTER image: highwater-image is the stack of the host image, choose another name."),
        (
            "my_trades",
            "CLUSTER my_trades: must be letters, digits and hyphens, as it is part of the stack's name.",
        ),
        ("", "CLUSTER : must be letters, digits and hyphens, as it is part of the stack's name."),
    ],
)
def test_a_name_of_which_no_stack_can_be_made_is_refused(name: str, sentence: str | None) -> None:
    assert name_refusal(name) == sentence


def test_a_stack_is_a_clusters_only_by_its_parameter() -> None:
    assert cluster_stack_refusal("trades", None) is None
    assert cluster_stack_refusal("trades", stack(parameters={"Cluster": "trades"})) is None
    for parameters in ({}, {"Cluster": "bonds"}):
        assert cluster_stack_refusal("trades", stack(parameters=parameters)) == (
            "Stack highwater-trades is not of cluster trades, by its parameter Cluster: choose another name."
        )


def test_a_region_is_named_and_one_of_those_that_have_every_service() -> None:
    known = ("us-east-1", "eu-west-1")
    assert region_refusal("us-east-1", known) is None
    assert region_refusal(None, known) == (
        "No region: give --region, one of eu-west-1, us-east-1, or set AWS_DEFAULT_REGION."
    )
    assert (
        region_refusal("us-gov-west-1", known)
        == "--region us-gov-west-1: is not supported, use one of eu-west-1, us-east-1."
    )


@pytest.mark.parametrize(
    ("name", "option", "text", "sentence"),
    [
        ("MaxSize", "--max-size", "1", "--max-size 1: must be a whole number from 2 to 1000."),
        ("MaxSize", "--max-size", "1001", "--max-size 1001: must be a whole number from 2 to 1000."),
        ("MaxSize", "--max-size", "2.5", "--max-size 2.5: must be a whole number from 2 to 1000."),
        ("MaxSize", "--max-size", "1e2", "--max-size 1e2: must be a whole number from 2 to 1000."),
        ("ScaleThreshold", "--scale-threshold", "62.5", None),
        ("ScaleThreshold", "--scale-threshold", "95", "--scale-threshold 95: must be a number from 5 to 94."),
        ("LeadSeconds", "--lead-seconds", "0", "--lead-seconds 0: must be a whole number of at least 1."),
        ("Cluster", "CLUSTER", "a" * 34, None),
        (
            "Cluster",
            "CLUSTER",
            "a" * 35,
            f"CLUSTER {'a' * 35}: must be 1 to 34 characters that match [A-Za-z0-9][A-Za-z0-9_-]*.",
        ),
        (
            "Cluster",
            "CLUSTER",
            "my trades",
            "CLUSTER my trades: must be 1 to 34 characters that match [A-Za-z0-9][A-Za-z0-9_-]*.",
        ),
    ],
)
def test_a_value_that_the_template_would_not_take_is_refused_with_its_bounds(
    name: str, option: str, text: str, sentence: str | None
) -> None:
    parameters = templates.parameters(templates.parse(PARAMETERS))
    assert value_refusal(parameters[name], option, text) == sentence


@pytest.mark.parametrize(
    ("limit", "warned"), [(None, False), (10, True), (49, True), (50, False), (1000, False)]
)
def test_few_functions_at_a_time_are_a_warning(limit: int | None, warned: bool) -> None:
    warning = concurrency_warning(limit, "eu-west-1")
    if warned:
        assert warning == (
            f"All functions of this account in eu-west-1 together may run {limit} at a time: when others use "
            "them up, reports and alarms wait. With other functions or more than a few clusters ask for more "
            "(Service Quotas, AWS Lambda, L-B99A9384, concurrent executions)."
        )
    else:
        assert warning is None
