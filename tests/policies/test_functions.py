"""The policy of each function, as it is packaged and deployed, against every call that the function makes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from highwater.checkout import ROOT
from tests.policies.evaluator import NOWHERE, Request, Statement, allowed, statements_of
from tests.policies.least import UNRESTRICTED, denied, elsewhere, grants, idle, too_wide
from tests.policies.recorder import Recording
from tests.policies.roles import functions, own_calls, policy_of, role_of
from tests.policies.sdk_calls import KEYS

STAGE: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]
# By logical id, as Chalice makes it from the handler's name.
FILES = {
    "APIHandler" if handler == "api_handler" else handler.title().replace("_", ""): stated["iam_policy_file"]
    for handler, stated in STAGE["lambda_functions"].items()
}


def _stated(function: str) -> list[dict[str, Any]]:
    document = json.loads((ROOT / ".chalice" / FILES[function]).read_text())
    found: list[dict[str, Any]] = document["Statement"]
    return found


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


GRANTS = [
    pytest.param(function, statement["Sid"], action, id=f"{function} {statement['Sid']} {action}")
    for function in FILES
    for statement in _stated(function)
    for action in _actions(statement)
]
SUPERFLUOUS: dict[str, dict[str, Any]] = {
    "an action that is never asked for": {"Action": "sqs:PurgeQueue", "Resource": "*"},
    "a second way to an action": {"Action": "logs:PutLogEvents", "Resource": "*"},
    "every action of a service": {"Action": "xray:*", "Resource": "*"},
    "all but one action": {"NotAction": "iam:PassRole", "Resource": "*"},
}


def policy(recording: Recording, function: str) -> tuple[Statement, ...]:
    stack = recording.control_plane
    return policy_of(stack, role_of(stack, functions(stack)[function]))


def requests(recording: Recording, function: str) -> list[Request]:
    """The requests of the function, and those of Lambda in its name."""
    stack = recording.control_plane
    return [*recording.requests.get(function, ()), *own_calls(stack, functions(stack)[function])]


def grant(recording: Recording, function: str, sid: str, action: str) -> Statement:
    (found,) = [g for g in grants(policy(recording, function)) if (g.sid, g.actions) == (sid, (action,))]
    return found


def test_every_function_has_a_role_of_its_own_with_its_own_policy_file(scenes: Recording) -> None:
    stack = scenes.control_plane
    assert functions(stack).keys() == FILES.keys()
    assert len({role_of(stack, function) for function in functions(stack).values()}) == len(FILES)
    assert len(set(FILES.values())) == len(FILES)


@pytest.mark.parametrize("function", FILES)
def test_a_function_is_deployed_with_exactly_what_its_policy_file_says(
    scenes: Recording, function: str
) -> None:
    deployed = [(statement.sid, *statement.actions) for statement in policy(scenes, function)]
    assert deployed == [(statement["Sid"], *_actions(statement)) for statement in _stated(function)]


@pytest.mark.parametrize("played", ["scenes", "faults"])
def test_it_is_known_what_every_call_asks_of_iam(played: str, request: pytest.FixtureRequest) -> None:
    recording: Recording = request.getfixturevalue(played)
    assert recording.unmapped == frozenset()


@pytest.mark.parametrize("function", FILES)
@pytest.mark.parametrize("played", ["scenes", "faults"])
def test_every_call_of_a_function_is_allowed_by_its_policy(
    played: str, function: str, request: pytest.FixtureRequest
) -> None:
    recording: Recording = request.getfixturevalue(played)
    assert denied(policy(recording, function), requests(recording, function)) == []


@pytest.mark.parametrize(("function", "sid", "action"), GRANTS)
def test_without_any_one_action_of_its_policy_a_function_is_denied_a_call_that_it_makes(
    scenes: Recording, function: str, sid: str, action: str
) -> None:
    without = [g for g in grants(policy(scenes, function)) if g != grant(scenes, function, sid, action)]
    assert {request.action for request in denied(without, requests(scenes, function))} == {action}


@pytest.mark.parametrize("function", FILES)
@pytest.mark.parametrize("added", SUPERFLUOUS)
def test_what_a_policy_grants_beyond_the_calls_that_are_made_is_noticed(
    scenes: Recording, added: str, function: str
) -> None:
    made, real = requests(scenes, function), policy(scenes, function)
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **SUPERFLUOUS[added]}}
    (superfluous,) = statements_of(document)
    assert idle(real, made) == []
    assert superfluous in idle([*real, superfluous], made)


@pytest.mark.parametrize(("function", "sid", "action"), GRANTS)
def test_only_an_action_that_aws_cannot_restrict_to_a_resource_is_granted_on_all_of_them(
    scenes: Recording, function: str, sid: str, action: str
) -> None:
    real = grant(scenes, function, sid, action)
    assert not too_wide(real)
    assert too_wide(replace(real, resources=(NOWHERE,))) == (action not in UNRESTRICTED)


@pytest.mark.parametrize("function", FILES)
def test_no_call_is_allowed_on_a_resource_of_another_account_region_or_name(
    scenes: Recording, function: str
) -> None:
    made = requests(scenes, function)
    others = [other for request in made for other in elsewhere(request)]
    assert others
    assert [other for other in others if allowed(policy(scenes, function), other)] == []


@pytest.mark.parametrize("function", FILES)
def test_no_policy_has_a_condition_on_a_key_that_the_recording_does_not_fill(
    scenes: Recording, function: str
) -> None:
    keys = {condition.key for statement in policy(scenes, function) for condition in statement.conditions}
    assert [key for key in keys if not key.startswith(KEYS)] == []
