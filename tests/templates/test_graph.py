"""The graph of a template: which references are seen, and that a circle or a loose end is found."""

from typing import Any

import pytest

from tests.templates.conftest import Templates
from tests.templates.graph import cycles, dangling, edges, references
from tests.templates.mutants import Mutant
from tests.templates.stack import Stack
from tests.templates.triggers import reached


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"Ref": "A"}, ["A"]),
        ({"Fn::GetAtt": ["A", "Arn"]}, ["A"]),
        ({"Fn::GetAtt": "A.Arn"}, ["A"]),
        ({"Fn::Sub": "${A}/${B.Arn}/${AWS::Region}"}, ["A", "B", "AWS::Region"]),
        ({"Fn::Sub": "${!A}"}, []),
        ({"Fn::Sub": ["${Local}/${A}", {"Local": {"Ref": "B"}}]}, ["A", "B"]),
        ({"Fn::If": ["Condition", {"Ref": "A"}, {"Ref": "B"}]}, ["A", "B"]),
        ({"Fn::Join": ["", ["x", {"Ref": "A"}]]}, ["A"]),
        ([{"x": {"y": {"Ref": "A"}}}, "A"], ["A"]),
    ],
    ids=str,
)
def test_a_reference_is_seen_wherever_it_is(value: Any, found: list[str]) -> None:
    assert list(references(value)) == found


def test_depends_on_is_an_edge_as_text_and_as_list() -> None:
    template = {
        "Parameters": {"P": {}},
        "Resources": {
            "A": {"DependsOn": "B"},
            "B": {"DependsOn": ["C"]},
            "C": {"Properties": {"x": {"Ref": "P"}}},
        },
    }
    assert edges(template) == {"A": {"B"}, "B": {"C"}, "C": frozenset()}


def test_a_queue_that_waits_for_its_reader_closes_a_circle(templates: Templates) -> None:
    broken = Mutant(reached, ("WakeUps", "DependsOn"), "Reconcile", "").breaks(templates.control)
    (finding,) = cycles(broken)
    assert {"WakeUps", "Reconcile"} <= set(finding.partition(":")[0].split(" -> "))


def test_a_role_that_names_the_file_system_whose_policy_names_the_role_closes_a_circle(
    templates: Templates,
) -> None:
    path = ("RdbRole", "Properties", "Policies", 0, "PolicyDocument", "Statement", "Report", "Resource")
    broken = Mutant(reached, path, {"Fn::GetAtt": ["Logs", "Arn"]}, "").breaks(templates.cluster)
    (finding,) = cycles(broken)
    assert {"RdbRole", "Logs"} <= set(finding.partition(":")[0].split(" -> "))


@pytest.mark.parametrize(
    "value", [{"Fn::Sub": "${Report}"}, {"Ref": "Report"}, {"Fn::GetAtt": ["Report", "Arn"]}]
)
def test_a_reference_to_nothing_is_found(templates: Templates, value: Any) -> None:
    path = ("OnReportOnReportSnsSubscription", "Properties", "TopicArn")
    (finding,) = dangling(Mutant(reached, path, value, "").breaks(templates.control))
    assert finding == "OnReportOnReportSnsSubscription: refers to Report, which is not in the template"


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
