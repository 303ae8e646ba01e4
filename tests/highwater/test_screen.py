"""The live screen fits the terminal whatever stands, and shows first what asks for attention."""

from typing import Any

import pytest

from highwater.operate.commands.status import status_lines
from highwater.operate.words.screen import bar, one_line, screen
from tests.highwater.views import ANN, AT, LIVE, NEXT, alert, rdb, rolled, unanswered, view

DECISION = {"at": "2026-11-23T09:58:10Z", "code": "room", "reason": "1 with room, 1 wanted"}
TEXT = "a sentence that is as long as those of AWS are, and then some more words, " * 3
CROWD = [rolled(f"i-0ccccccccccccc{number:03}") for number in range(59)]


@pytest.mark.parametrize(
    "shown",
    [
        view(),
        view(rdb(), unanswered(), *CROWD),
        view(*CROWD, code="waiting", reason=TEXT, alerts=[alert(f"unknown i-{n}", TEXT) for n in range(60)]),
        view(rdb(), alerts=[alert("raise", TEXT), alert("no-live", TEXT)]),
    ],
    ids=["quiet", "crowd", "sixty alerts", "refused"],
)
@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (80, 23), (120, 40), (40, 12)])
def test_the_screen_fits(shown: dict[str, Any], columns: int, rows: int) -> None:
    lines = screen(shown, [{**DECISION, "reason": TEXT}] * 3, columns, rows)
    assert len(lines) <= rows
    assert max(map(len, lines)) <= columns


def test_a_crowd_shows_the_live_one_and_who_does_not_answer_and_counts_the_others() -> None:
    lines = screen(view(*CROWD, unanswered(), rdb()), [DECISION], 80, 23)
    rdbs = [line for line in lines if "|" in line]
    assert [line.split()[0] for line in rdbs[:2]] == [LIVE, NEXT]
    assert f"and {61 - len(rdbs)} more" in lines
    assert lines[-1] == "09:58:10  room: 1 with room, 1 wanted"


def test_the_screen_has_the_state_the_launches_the_alerts_and_the_decisions() -> None:
    text = "\n".join(screen(view(rdb(), alerts=[alert("raise", "raises fail")]), [DECISION], 80, 24))
    assert text.startswith("trades  10:00:00 UTC\n" + LIVE + " is live and rolls in 109 minutes")
    assert "launches  NONE COMES, though one is wanted: raises fail" in text
    assert "alert     raise since 09:42 UTC" in text
    assert "09:58:10  room: 1 with room, 1 wanted" in text


def test_a_bar_has_the_memory_and_a_mark_at_the_roll_threshold() -> None:
    assert bar(50.0, 85.0) == "############........|..."
    assert bar(100.0, 85.0) == "####################|###"
    assert bar(None, 100.0) == ".......................|"


def test_without_a_terminal_it_is_one_line() -> None:
    line = one_line(view(alerts=[alert("raise"), alert("hold")]))
    assert line.startswith(f"10:00:00 trades: {LIVE} is live and rolls in 109 minutes as it fills now")
    assert line.endswith("1 with room of 1; DesiredCapacity 1; alerts: raise, hold")


def test_a_hold_on_the_cluster_is_seen_wherever_its_numbers_are() -> None:
    held = view(hold={"at": AT, "by": ANN, "reason": "audit"})
    said = "by ann (operator) since 10:00 UTC, without an end: audit"
    assert f"hold      {said}" in screen(held, [], 80, 24)
    assert f"hold     {said}" in status_lines(held, 80)
    assert one_line(held).endswith("; on hold")
    assert not [line for line in status_lines(view(), 80) if line.startswith("hold")]
