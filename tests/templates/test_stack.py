"""The ground of the checks: templates that CloudFormation can resolve, and stacks that resolve as it does."""

import json
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from tests.templates.conftest import Templates
from tests.templates.mutants import Mutant
from tests.templates.stack import Stack
from tests.templates.triggers import reached
from twin.aws.cloudformation import REGION

CALLED = ("ReportsCallOnReport", "Properties", "FunctionName")


def complaints(template: dict[str, Any]) -> set[str]:
    """The rules of cfn-lint that a template breaks."""
    found = lint(json.dumps(template), config=ManualArgs(regions=[REGION]))
    return {complaint.rule.id for complaint in found}


@pytest.mark.parametrize("which", ["control", "cluster"])
def test_cfn_lint_finds_nothing_in_what_cloudformation_gets(templates: Templates, which: str) -> None:
    """Make lint shows it the control plane before AWS's transform, where it sees no circle."""
    assert complaints(getattr(templates, which)) == set()


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (("WakeUps", "DependsOn"), "Reconcile", "E3004"),
        (CALLED, {"Fn::Sub": "${Report}"}, "E1019"),
        (CALLED, {"Ref": "Report"}, "E1020"),
        (CALLED, {"Fn::GetAtt": ["Report", "Arn"]}, "E1010"),
    ],
)
def test_cfn_lint_finds_a_circle_of_resources_and_a_reference_to_nothing(
    templates: Templates, path: tuple[str, ...], value: Any, rule: str
) -> None:
    assert complaints(Mutant(reached, path, value, "").breaks(templates.control)) == {rule}


def test_what_a_condition_switches_off_is_not_in_the_stack(templates: Templates) -> None:
    conditional = {i for i, body in templates.control["Resources"].items() if "Condition" in body}
    assert conditional
    assert conditional <= templates.world(on=True).control.resources.keys()
    assert not conditional & templates.world(on=False).control.resources.keys()


def test_names_that_the_template_leaves_open_are_as_cloudformation_makes_them() -> None:
    template = {
        "Resources": {
            "Rule": {"Type": "AWS::Events::Rule"},
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-q"}},
            },
        }
    }
    stack = Stack(template, "name", on=True)
    assert stack.arn("Rule") == "arn:aws:events:us-east-1:123456789012:rule/name-Rule-1A2B3C4D5E6F"
    assert stack.ref("Queue") == "https://sqs.us-east-1.amazonaws.com/123456789012/name-q"
