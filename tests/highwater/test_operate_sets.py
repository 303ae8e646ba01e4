"""The words know every case of the control plane: each alert, each code, each reason of the gate."""

import re
from datetime import UTC, datetime
from string import Formatter
from typing import get_args

import pytest

from chalicelib.core.decision import DecisionCode
from chalicelib.core.facts.alert import AlertCase
from chalicelib.core.facts.ledger import LaunchCode
from chalicelib.core.release.steps import Step
from highwater.checkout import ROOT
from highwater.operate.words.cases import CASES, LAUNCH_TODO, NONE_COMES, advice
from highwater.operate.words.decided import STEPS
from highwater.operate.words.launches import CODES
from highwater.operate.words.refusals import MEANINGS, OF_CLUSTER, reasons
from tests.highwater.views import alert, rolled

SAFETY = (ROOT / "docs" / "safety.md").read_text()
NAMES = {"cluster": "trades", "group": "g", "more": "2", "larger": "30", "tagging": "`tag`"}


def test_each_set_of_the_control_plane_has_its_words_and_no_others() -> None:
    assert set(CASES) == set(get_args(AlertCase))
    assert set(CODES) == set(get_args(DecisionCode))
    assert set(LAUNCH_TODO) == set(get_args(LaunchCode))
    assert set(STEPS) == set(get_args(Step))
    assert set(CASES) >= NONE_COMES


@pytest.mark.parametrize("case", CASES)
def test_what_to_do_about_an_alert_is_whole_and_names_whom_it_is_about(case: str) -> None:
    todo = " ".join(advice([alert(f"{case} i-0aaaaaaaaaaaaaaa1")], NAMES))
    assert "{" not in todo
    assert todo or case == "short"
    if "{ids}" in CASES[case].todo:  # type: ignore[index]
        assert "i-0aaaaaaaaaaaaaaa1" in todo


def test_what_to_do_needs_no_other_names() -> None:
    needed = {name for case in CASES.values() for _, name, _, _ in Formatter().parse(case.todo) if name}
    assert needed <= {*NAMES, "ids", "id", "launch"}


def test_alerts_of_one_case_are_one_thing_to_do() -> None:
    (todo,) = advice([alert("unknown i-1"), alert("unknown i-2")], NAMES)
    assert todo.startswith("look at q on i-1, i-2: ")


def test_an_operators_raise_is_no_advice_where_it_could_not_launch_either() -> None:
    assert any("highwater raise" in todo for todo in advice([alert("no-live")], NAMES))
    for case in NONE_COMES:
        assert not any("highwater raise" in todo for todo in advice([alert("no-live"), alert(case)], NAMES))


def test_where_the_cause_is_told_it_is_what_to_look_at() -> None:
    assert len(advice([alert("no-live")], NAMES)) == 2
    assert len(advice([alert("no-live"), alert("unknown i-1")], NAMES)) == 2
    assert advice([alert("no-live"), alert("never-ready i-1")], NAMES)[1].startswith("then launch a host")


def test_each_reason_of_the_gate_that_safety_explains_is_known() -> None:
    gate = SAFETY.split("\n## The gate\n")[1].split("\nTwo things")[0]
    named = [row.split("|")[1].strip() for row in gate.splitlines() if row.startswith("| ")][1:]
    texts = [text.strip() for row in named for text in re.split(r", (?!not of)(?=[a-z])", row)]
    unknown = [
        text
        for text in texts
        for begins in [
            text.replace("the cluster is / the RDB", "the RDB").replace("...", "").replace(" N ", " 1 ")
        ]
        if not any(
            begins.strip().startswith(meaning.begins.strip())
            for meaning in MEANINGS
            if meaning is not OF_CLUSTER
        )
    ]
    assert unknown == []


def test_a_reason_in_other_words_is_one_of_the_whole_cluster() -> None:
    kept = rolled(not_released_for=["two groups have the cluster's tags", "holds 5 rows"])
    found = reasons(kept, "trades", datetime(2026, 11, 23, tzinfo=UTC))
    assert found[0].said == "two groups have the cluster's tags"
    assert found[0].todo == OF_CLUSTER.todo.format(cluster="trades")
