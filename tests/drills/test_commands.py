"""Commands that come twice, late, or are refused: one effect each, and the true reasons."""

from typing import Any

import pytest

from tests.drills.conftest import Play, clock, kept


@pytest.fixture(scope="module")
def drill(play: Play) -> dict[str, Any]:
    return play("commands.jsonl", until="09:25")


@pytest.fixture(scope="module")
def answers(drill: dict[str, Any]) -> dict[str, Any]:
    """The answers by the time of day, HH:MM."""
    return {clock(answer["at"])[:5]: answer for answer in drill["answers"]}


def test_one_more_that_is_asked_twice_with_its_key_is_one_more(
    drill: dict[str, Any], answers: dict[str, Any]
) -> None:
    first, again = answers["09:05"], answers["09:08"]
    assert (first["status"], again["status"]) == (202, 202)
    assert again["body"]["command_id"] == first["body"]["command_id"]
    assert (again["body"]["repeated"], again["body"]["state"]) == (True, "carried-out")
    assert drill["most_desired"] == 2
    assert [clock(at)[:5] for at in drill["launches"]] == ["09:05"]


def test_the_key_of_another_request_is_refused(answers: dict[str, Any]) -> None:
    assert answers["09:09"]["status"] == 409
    assert "Idempotency-Key: was used for another request" in answers["09:09"]["body"]["error"]


def test_a_lift_of_days_ago_and_one_that_is_older_than_the_hold_leave_it(answers: dict[str, Any]) -> None:
    assert answers["09:16"]["body"]["hold"]["reason"] == "audit"


def test_what_came_back_is_refused_on_record(answers: dict[str, Any]) -> None:
    decisions = reversed(answers["09:19"]["body"]["decisions"])
    everything = [refusal for decision in decisions for refusal in decision.get("refused", [])]
    refused = [(r["what"], r["reasons"]) for r in everything if r.get("command_id")]
    assert [what for what, _ in refused] == ["too-old", "too-old", "hold", "hold", "hold"]
    assert all("more than 15 minutes ago" in reasons[0] for what, reasons in refused if what == "too-old")
    assert "since then the cluster is on hold since 2026-11-23T09:10:00Z" in refused[-1][1][0]


def test_each_command_that_comes_back_has_an_id_of_its_own(answers: dict[str, Any]) -> None:
    taken = [i for made in answers["09:19"]["body"]["decisions"] for i in made.get("carried_out", [])]
    assert len(set(taken)) == len(taken) == 5


def test_a_wish_for_less_says_that_the_cluster_is_on_hold(answers: dict[str, Any]) -> None:
    assert answers["09:15"]["status"] == 409
    assert "the cluster is on hold since 2026-11-23T09:10:00Z" in answers["09:15"]["body"]["error"]
    assert "too few would be left" not in answers["09:15"]["body"]["error"]


def test_decisions_are_chosen_by_code_and_an_unknown_parameter_is_named(answers: dict[str, Any]) -> None:
    assert {decision["code"] for decision in answers["09:17"]["body"]["decisions"]} == {"raise"}
    assert (answers["09:18"]["status"], answers["09:18"]["body"]["field"]) == (400, "colour")


def test_nothing_is_told_and_no_promise_is_broken(drill: dict[str, Any]) -> None:
    assert drill["told"] == []
    assert kept(drill)
