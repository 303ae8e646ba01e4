"""A value that is new in a closed set is handled, allowed and told to people, or a test names it.

What code branches on is held by the type check (`match` with `assert_never`). These are the sets that code
passes on: to operators, who read them, and to AWS, which must allow them.
"""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from chalicelib.contract.report import State
from chalicelib.core.decision import DecisionCode
from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.ledger import LaunchCode
from chalicelib.core.facts.wake_ups import Trigger
from chalicelib.core.release.steps import Step
from chalicelib.core.release.walls import WALLS, Wall
from tests.unit.builders import A, cluster, rdb, report, situation

ROOT = Path(__file__).parents[2]
API = (ROOT / "docs" / "api.md").read_text()
SAFETY = (ROOT / "docs" / "safety.md").read_text()
WORDS = [*get_args(DecisionCode), *get_args(Trigger), *get_args(Step), *State]


@pytest.mark.parametrize("word", WORDS)
def test_the_page_of_the_api_names_every_word_that_an_answer_can_have(word: str) -> None:
    assert f"`{word}`" in API


@pytest.mark.parametrize("case", get_args(AlertCase))
def test_an_alert_that_operators_can_get_is_explained_to_them(case: str) -> None:
    assert re.search(rf"(?m)^\| `{case}(?: [A-Z]+)?` \|", SAFETY)


def test_every_alert_that_is_explained_can_come() -> None:
    alerts = SAFETY.partition("## Alerts")[2].partition("\n## ")[0]
    assert set(re.findall(r"(?m)^\| `([a-z-]+)", alerts)) == set(get_args(AlertCase))


@pytest.mark.parametrize("code", get_args(LaunchCode))
def test_the_alert_of_a_launch_is_explained_with_each_code(code: str) -> None:
    (row,) = (line for line in SAFETY.splitlines() if line.startswith("| `launch CODE`"))
    assert f"`{code}`" in row


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.name)
def test_a_wall_is_explained_to_operators_and_its_repair_is_allowed(wall: Wall) -> None:
    assert f"`{wall.name}`" in SAFETY
    bare = rdb(report(State.LIVE), Member("InService", healthy=True, protected=False))
    repair = wall.repair(situation(cluster({A: bare}, walls=False)))
    assert repair is not None
    operation = "".join(word.title() for word in repair.operation.split("_"))
    policy = json.loads((ROOT / ".chalice" / "policy-reconcile.json").read_text())
    allowed = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert f"autoscaling:{operation}" in json.dumps(allowed)
