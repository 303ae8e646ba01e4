"""The register of what is believed about AWS is complete, and names what exists."""

import json
from typing import Any

import pytest

from highwater.checkout import ROOT
from highwater.deploy.packaging.template_files import IMAGE_TEMPLATE, read_template
from highwater.deploy.rules.steps import STEPS
from tests.templates import register
from tests.templates.conftest import Templates

PAGE = register.PAGE.read_text()
BELIEFS = register.beliefs(PAGE)


@pytest.fixture(scope="session")
def documents(templates: Templates) -> list[dict[str, Any]]:
    """The three templates as CloudFormation gets them."""
    return [templates.control, templates.cluster, read_template(IMAGE_TEMPLATE)]


@pytest.fixture(scope="session")
def used(documents: list[dict[str, Any]]) -> frozenset[str]:
    """Everything of AWS that the project names."""
    policies = [json.loads(path.read_text()) for path in (ROOT / ".chalice").glob("policy-*.json")]
    parts = register.policy_parts([*documents, *policies])
    return register.operations() | register.resource_types(*documents) | frozenset(parts)


def test_all_that_the_project_uses_of_aws_has_a_row(used: frozenset[str]) -> None:
    assert {"autoscaling:SetDesiredCapacity", "AWS::SQS::Queue", "aws:SourceArn"} <= used
    assert used - frozenset().union(*(belief.about for belief in BELIEFS)) == set()


def test_no_row_is_about_what_the_project_does_not_use(used: frozenset[str]) -> None:
    assert {belief.text: belief.about - used for belief in BELIEFS if belief.about - used} == {}


@pytest.mark.parametrize("belief", BELIEFS, ids=lambda belief: belief.text[:60])
def test_a_row_has_its_evidence_and_names_what_exists(belief: register.Belief) -> None:
    kind, _, source = belief.evidence.partition(":")
    assert kind in register.EVIDENCE
    assert source.strip() or kind == "unproven"
    assert belief.about
    assert belief.files
    assert belief.tests
    assert [name for name in (*belief.files, *belief.tests) if not (ROOT / name).is_file()] == []
    assert [name for name in belief.tests if "/test_" not in name] == []
    assert set(belief.steps) <= STEPS.keys()


@pytest.mark.parametrize("belief", BELIEFS, ids=lambda belief: belief.text[:60])
def test_what_is_unproven_is_rehearsed_or_says_why_not(belief: register.Belief) -> None:
    if belief.evidence.startswith("unproven"):
        assert belief.steps or belief.reason.endswith(".")


def test_every_step_of_a_rehearsal_shows_a_belief() -> None:
    assert {step for belief in BELIEFS for step in belief.steps} == set(STEPS)


def test_the_steps_of_a_rehearsal_are_listed_with_what_rests_on_them() -> None:
    listed = register.section(PAGE, "The steps of `highwater rehearse`")
    assert listed == [[f"`{name}`", step.tried, step.breaks] for name, step in STEPS.items()]
