"""The operator's commands through the real handlers: what they show, ask for, refuse, and wait for."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from highwater.operate import connection
from tests.highwater.hand import Hand, hand_on
from tests.system.conftest import ask, running_day
from twin.day.day import Day


@pytest.fixture(scope="module")
def day() -> Iterator[Day]:
    """A cluster of its own: these commands change it, one after the other."""
    with running_day() as day:
        yield day


@pytest.fixture
def hand(day: Day, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Hand]:
    with hand_on(day, monkeypatch, capsys) as hand:
        yield hand


@pytest.fixture
def live(hand: Hand) -> str:
    (rdb,) = (rdb for rdb in hand("status", "trades", "--json").json["rdbs"] if rdb["state"] == "live")
    return str(rdb["instance_id"])


def settle(day: Day, minutes: float = 3) -> None:
    day.clock.run_until(day.clock.now() + timedelta(minutes=minutes))


def test_the_clusters_and_one_of_them_are_shown(hand: Hand, live: str) -> None:
    assert "trades 1 of 1 1 - none room: 1 with room, 1 wanted" in hand("clusters").said
    said = hand("status", "trades").said
    assert "rolls at 85 %, not soon: nothing fills; at 92 % at the latest" in said
    assert f"{live} live 3.8 %, 147 MiB yes updates 1 on" in said
    assert hand("clusters", "--json").json["clusters"][0]["cluster"] == "trades"


def test_why_says_all_of_a_quiet_cluster_in_one_screen_and_the_same_as_json(hand: Hand, live: str) -> None:
    ran = hand("why", "trades")
    assert ran.status == 0
    assert len(ran.out.splitlines()) <= 24
    assert f"{live} is live and rolls not soon: its memory does not rise; no other is needed yet" in ran.said
    page = hand("why", "trades", "--json").json
    assert (page["cluster"], page["todo"]) == ("trades", ["nothing"])
    assert page["rdbs"][0]["instance_id"] == live


def test_why_of_one_rdb_has_each_reason_against_its_release(hand: Hand, live: str) -> None:
    said = hand("why", "trades", live[:8]).said
    assert f"{live} is live, and is not released" in said
    assert "kept for it is the live one: it takes the updates now" in said
    assert "the group is at MinSize" in said
    assert said.endswith("To do nothing: it is the live one")


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(hand: Hand, live: str) -> None:
    for name in ("trade", "TRADES"):
        for words in (["why"], ["status"], ["decisions"], ["raise"], ["calendar", "show"]):
            ran = hand(*words, name)
            assert (ran.status, ran.out) == (2, "")
            assert ran.err.startswith(f"CLUSTER {name}: no group is tagged")
            assert ran.err.endswith("Did you mean trades? There is trades.\n")
    ran = hand("why", "trades", "i-0123456789abcdef0")
    assert (ran.status, ran.err.endswith(f"There is {live}.\n")) == (2, True)


def test_a_raise_is_shown_first_asked_for_and_followed_and_lowered_again(hand: Hand, day: Day) -> None:
    ran = hand("raise", "trades", "--until", "00:30", "--dry-run")
    assert "asked: ann (operator) asked at 00:0" in ran.said
    assert "at least 2 hosts until 00:30 UTC does: writes DesiredCapacity 2" in ran.said
    assert day.desired() == 1
    ran = hand("raise", "trades", "--until", "2h", "--json")
    assert (ran.status, ran.json["state"], day.desired()) == (0, "carried-out", 2)
    command = ran.json["command_id"]
    assert "carried-out" in hand("command", command, "--follow").said
    assert hand("command", command, "--cluster", "trades", "--json").json["command"]["floor"] == 2
    settle(day)
    said = hand("why", "trades").said
    assert "1 standby ready" in said
    assert "the newest raise: 00:0" in said
    assert "ann (operator) asked for 2" in said


def test_a_raise_to_a_number_that_would_lower_is_refused_with_the_command_that_does(
    hand: Hand, day: Day
) -> None:
    ran = hand("raise", "trades", "--to", "1")
    assert (ran.status, day.desired()) == (2, 2)
    assert ran.err == (
        "--to 1: is fewer than the 2 hosts that stay now; fewer are asked for with "
        "`highwater lower trades --to 1`.\n"
    )
    assert "--to 2: is not fewer than the 2 that are wanted now." in hand("lower", "trades", "--to", "2").err


def test_a_wish_beyond_the_groups_bounds_is_refused_in_one_sentence(hand: Hand) -> None:
    ran = hand("lower", "trades", "--by", "5", "--yes")
    assert ran.err == "The API refused: 2 hosts and 5 fewer would be -3, but MinSize is 1.\n"


def test_what_cannot_be_taken_back_is_refused_without_a_terminal_and_without_yes(
    hand: Hand, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    for words in (["lower", "trades"], ["release", "trades", standby_of(hand)]):
        ran = hand(*words)
        assert (ran.status, ran.out) == (2, "")
        assert "asked to drain, and terminated then. This can't be taken back: say so with --yes" in ran.err
    settle(day)
    assert hand("status", "trades", "--json").json["desired"] == 2


class Terminal(io.StringIO):
    """A terminal that somebody types at; ^C is the key."""

    def isatty(self) -> bool:
        return True

    def readline(self, *_: Any) -> Any:
        line = super().readline()
        if line.endswith("^C"):
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize("typed", ["n\n", "\n", "", "^C"])
def test_a_person_who_does_not_say_yes_is_asked_once_and_nothing_happens(
    hand: Hand, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    errors = Terminal()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    monkeypatch.setattr("sys.stderr", errors)
    assert hand("lower", "trades").status == 2
    assert errors.getvalue().endswith("Do it? [y/N] Nothing was asked for.\n")
    assert hand("status", "trades", "--json").json["rdbs"][1]["drain"] is None


def test_a_hold_keeps_an_rdb_is_seen_and_is_lifted(hand: Hand) -> None:
    standby = standby_of(hand)
    ran = hand("hold", "trades", standby, "--reason", "audit", "--until", "01:00", "--dry-run")
    assert "hold now: none state: dry run: would be on hold until 01:00 UTC: audit" in ran.said
    assert hand("hold", "trades", standby, "--reason", "audit", "--until", "01:00").status == 0
    assert "held by ann (operator): audit" in hand("why", "trades").said
    refused = hand("release", "trades", standby, "--yes")
    assert (refused.status, "the RDB is on hold" in refused.err) == (2, True)
    assert "would be lifted, and nobody released by that" in hand("lift", "trades", standby, "--dry-run").said
    assert hand("lift", "trades", standby).status == 0
    assert hand("status", "trades", "--json").json["rdbs"][1]["hold"] is None


def test_the_cluster_is_held_and_lifted_too(hand: Hand, live: str) -> None:
    assert hand("hold", "trades", "--reason", "audit").status == 0
    assert "hold by ann (operator)" in hand("why", "trades").said
    assert "trades 2 of 2 2 - none on hold; room" in hand("clusters").said
    ran = hand("hold", "trades", "--reason", "night", "--until", "2h")
    assert "note: it replaces another: the cluster was on hold since 00:" in ran.said
    assert "by ann (operator): audit" in ran.said
    refused = hand("lower", "trades").err.splitlines()
    assert refused[:2] == [
        "The API refused:",
        "  standbys that would have to drain: 1; that may drain: 0",
    ]
    assert re.fullmatch(
        r"  the cluster is on hold since 00:\d\d UTC until 02:\d\d UTC by ann \(operator\): night", refused[2]
    )
    assert refused[3:] == [f"  {live}: not standby but live"]
    assert "note" not in hand("lift", "trades").said
    ran = hand("lift", "trades")
    assert ran.status == 0
    assert "state: carried-out note: nothing was lifted: the cluster was not on hold" in ran.said
    command = hand("lift", "trades", "--json").json
    assert command["reasons"] == ["nothing was lifted: the cluster was not on hold"]
    assert "note: nothing was lifted" in hand("command", command["command_id"]).said


def test_the_live_one_is_not_released_and_the_refusal_has_every_reason(hand: Hand, live: str) -> None:
    ran = hand("release", "trades", live, "--dry-run", "--json")
    assert ran.status == 2
    assert ran.json["refused"] == "The API refused: it is the live one: it takes the updates now."


def test_a_standby_that_is_released_drains_and_why_says_afterwards_that_it_was(hand: Hand, day: Day) -> None:
    standby = standby_of(hand)
    assert "does: asks " + standby in hand("release", "trades", standby, "--dry-run").said
    assert hand("release", "trades", standby, "--yes").status == 0
    asked = "asked to drain at 00:"
    assert (
        f"{standby} standby, drains 3.8 %, 147 MiB nothing yet not released: {asked}"
        in hand("why", "trades").said
    )
    settle(day, 2)
    assert " drained" not in hand("why", "trades").said
    assert f"{standby} gone 3.8 %, 147 MiB nothing yet released at 00:" in hand("why", "trades").said
    settle(day, 8)
    assert day.desired() == 1
    said = hand("why", "trades", standby).said
    assert f"{standby} is not there any more; it was released at 00:" in said
    assert hand("why", "trades", standby.upper()).said == said
    assert f"terminates {standby}" in said


def test_decisions_are_filtered_and_the_newest_is_the_last(hand: Hand) -> None:
    ran = hand("decisions", "trades", "--code", "raise", "--since", "00:00")
    assert ran.out.startswith("Mon 23 Nov 2026, UTC\n00:0")
    assert "at least 2 hosts until" in ran.said
    everything = hand("decisions", "trades", "--most", "200", "--json").json["decisions"]
    assert [one["id"] for one in everything] == sorted(one["id"] for one in everything)
    assert len(hand("decisions", "trades", "--most", "3", "--json").json["decisions"]) == 3
    assert hand("decisions", "trades", "--code", "gone").out == "No decision fits.\n"


def test_decisions_about_an_rdb_are_found_by_its_id_though_it_is_gone(hand: Hand, live: str) -> None:
    told = hand("decisions", "trades", "--code", "release", "--json").json["decisions"]
    (gone,) = {release["instance_id"] for one in told for release in one["release"]}
    assert gone != live
    for given in (gone, gone.upper()):
        assert f"terminates {gone}" in hand("decisions", "trades", "--instance", given).said
    assert hand("decisions", "trades", "--instance", live[:9]).status == 0
    ran = hand("decisions", "trades", "--instance", "somebody")
    assert (ran.status, "has no such RDB" in ran.err) == (2, True)


def test_watch_prints_a_line_at_each_look_where_there_is_no_terminal(hand: Hand, live: str) -> None:
    first, second = hand("watch", "trades", "--times", "2", "--every", "60").out.splitlines()
    assert f" trades: {live} is live and rolls not soon" in first
    assert "1 with room of 1; DesiredCapacity 1; alerts: none" in second
    assert first[:8] < second[:8]


def test_watch_shows_a_screen_on_a_terminal(hand: Hand, live: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    for name, value in (("COLUMNS", "80"), ("LINES", "24"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", shown)
    assert hand("watch", "trades", "--times", "1").status == 0
    assert f"{live}  live      #...................|..." in shown.getvalue()


def test_what_is_followed_ends_well_when_the_person_has_seen_enough(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enough(_: float) -> None:
        monkeypatch.setattr(connection, "sleep", enough)
        raise KeyboardInterrupt

    monkeypatch.setattr(connection, "sleep", enough)
    assert hand("watch", "trades").status == 0
    ran = hand("decisions", "trades", "--most", "2", "--follow", "--json")
    assert (ran.status, len(ran.out.splitlines())) == (0, 2)


def test_a_decision_that_comes_while_it_is_followed_is_shown_once(
    hand: Hand, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = iter(["PUT", "DELETE"])

    def asks(_: float) -> None:
        method = next(requests, None)
        if method is None:
            raise KeyboardInterrupt
        ask(day, method, "/clusters/trades/hold", {"reason": "audit"} if method == "PUT" else None)
        settle(day, 1)

    before = hand("decisions", "trades", "--most", "1", "--json").json["decisions"][0]["id"]
    monkeypatch.setattr(connection, "sleep", asks)
    ran = hand("decisions", "trades", "--most", "1", "--follow", "--json")
    found = [json.loads(line) for line in ran.out.splitlines()]
    assert found[0]["id"] == before
    asked = [text.rpartition(": ")[2] for one in found[1:] for text in one.get("asked", ())]
    assert asked == ["audit", "lift the hold of the cluster"]
    assert len({one["id"] for one in found}) == len(found)


def test_no_alert_stands_and_none_was_told_by_all_this(hand: Hand, day: Day) -> None:
    assert hand("alerts", "trades").out == "No alert stands in trades.\n"
    assert day.told.told == []


def standby_of(hand: Hand) -> str:
    (rdb,) = (rdb for rdb in hand("status", "trades", "--json").json["rdbs"] if rdb["state"] == "standby")
    return str(rdb["instance_id"])
