"""A value that is new in a closed set is handled, allowed and told to people, or a test names it.

What code branches on is held by the type check (`match` with `assert_never`). These are the sets that code
passes on: to operators, who read them, and to AWS, which must allow them.
"""

import json
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.contract.report import State
from chalicelib.core.decision import DecisionCode
from chalicelib.core.group import Member
from chalicelib.core.steps import Step
from chalicelib.core.wake_ups import Trigger
from chalicelib.core.walls import WALLS, Wall
from tests.unit.builders import A, cluster, rdb, report, situation

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
WORDS = [*get_args(DecisionCode), *get_args(Trigger), *get_args(Step), *State]


@pytest.mark.parametrize("word", WORDS)
def test_the_page_of_the_api_names_every_word_that_an_answer_can_have(word: str) -> None:
    assert f"`{word}`" in API


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_a_wall_is_explained_to_operators_and_its_repair_is_allowed(wall: Wall) -> None:
    assert f"`{wall.name}`" in (ROOT / "docs" / "safety.md").read_text()
    bare = rdb(report(State.LIVE), Member("InService", healthy=True, protected=False))
    repair = wall.repair(situation(cluster({A: bare}, walls=False)))
    assert repair is not None
    operation = "".join(word.title() for word in repair.operation.split("_"))
    policy = json.loads((ROOT / ".chalice" / "policy-reconcile.json").read_text())
    allowed = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert f"autoscaling:{operation}" in json.dumps(allowed)
