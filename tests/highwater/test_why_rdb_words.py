"""The page of `why` of one RDB says why it is not released, or what released it, and what to do."""

import re
from typing import Any

import pytest

from highwater.operate.wishes import freed_by
from highwater.operate.words.page import lines_of
from highwater.operate.words.why_rdb import gone_page, rdb_page
from tests.highwater.views import ANN, LIVE, NEXT, OLD, alert, rdb, rolled, standby, view

HOLD = {"reason": "audit", "by": ANN, "at": "2026-11-23T09:10:00Z", "until": None}


def test_one_rdb_has_every_reason_against_its_release_the_weightiest_first_with_what_to_do() -> None:
    reasons = [
        "the RDB is on hold since 2026-11-23T09:10:00Z by x: audit",
        "no proof: none came with a report",
    ]
    kept = rolled(state="drained", hold=HOLD, not_released_for=["the group is at MinSize", *reasons])
    page = rdb_page(view(rdb(), kept), OLD, [])
    said = dict(page.said)
    assert page.headline == f"{OLD} is drained, and is not released"
    assert said["kept for"].startswith("the RDB is on hold since 09:10 UTC by x: audit")
    assert [text for word, text in page.said if not word] == [
        "no proof: none came with a report",
        "the group is at MinSize, and so many hosts are kept",
    ]
    assert page.todo[0] == f"lift it: `highwater lift trades {OLD}`"


def test_one_that_is_not_drained_is_told_nothing_of_a_proof() -> None:
    said = " ".join(text for _, text in rdb_page(view(rdb(), rolled()), OLD, []).said)
    assert "holds 20,000 rows" in said
    assert "proof" not in said


def test_of_the_decisions_those_that_only_name_it_in_passing_are_left_out() -> None:
    passing = {"at": "2026-11-23T09:40:00Z", "code": "waiting", "reason": f"{OLD} never got ready"}
    tagged = {"at": "2026-11-23T09:30:00Z", "code": "room", "reason": "1 with room, 1 wanted", "tag": [OLD]}
    told = {"at": "2026-11-23T09:20:00Z", "code": "room", "reason": "x", "told": [alert(f"silent {OLD}")]}
    page = rdb_page(view(rdb(), rolled()), OLD, [passing, tagged, told])
    shown = [text for word, text in page.said if text.startswith("09:")]
    assert [text[:5] for text in shown] == ["09:30", "09:20"]
    assert f"asks {OLD} to drain" in shown[0]
    assert f"alert told: silent {OLD}" in shown[1]


def test_one_that_is_gone_has_the_decision_that_released_it() -> None:
    decision = {
        "at": "2026-11-23T09:30:00Z",
        "code": "release",
        "reason": "1 with room, 1 wanted",
        "release": [{"instance_id": OLD, "step": "terminate"}],
    }
    page = gone_page(view(), OLD, [decision])
    assert page.headline == f"{OLD} is not there any more; it was released at 09:30 UTC"
    assert re.search(f"09:30 UTC: release: .*terminates {OLD}", page.said[0][1])


def test_a_standby_that_was_asked_to_drain_is_waited_for() -> None:
    asked = {"by": ANN, "at": "2026-11-23T09:59:00Z"}
    reasons = ["not drained but standby", "no proof: none came with a report"]
    page = rdb_page(view(rdb(), standby(drain=asked, not_released_for=reasons)), NEXT, [])
    assert dict(page.said)["kept for"] == (
        "not drained but standby: asked to drain at 09:59 UTC by ann (operator), has not said yet that it is "
        "empty"
    )
    assert page.todo == (
        "wait a minute; if it stays, look at the reporter on that host: `highwater-rdb check`",
    )


@pytest.mark.parametrize("lifecycle", ["InService", "Terminating:Wait"])
def test_one_that_is_on_its_way_out_was_released(lifecycle: str) -> None:
    asked, at = {"by": ANN, "at": "2026-11-23T09:58:00Z"}, "2026-11-23T09:59:00Z"
    leaves = rolled(state="drained", drain=asked, released_at=at, lifecycle=lifecycle)
    headline = rdb_page(view(rdb(), leaves), OLD, []).headline
    assert headline.endswith(", and was released at 09:59 UTC, asked for by ann (operator)")


def test_of_the_live_one_there_is_nothing_to_do_and_each_reason_is_there_once() -> None:
    reasons = [
        "it is the live one",
        "not drained but live",
        "holds 20000 rows",
        "memory rose from 32.6 % to 35.4 % since its report",
    ]
    page = rdb_page(view(rdb(not_released_for=reasons)), LIVE, [])
    kept = [text for word, text in page.said if word in ("kept for", "")]
    assert kept == [
        "it is the live one: it takes the updates now",
        "holds 20,000 rows",
        "memory rose from 32.6 % to 35.4 % since its report",
    ]
    assert lines_of(page, 80)[-2:] == ["To do", "nothing: it is the live one"]


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (rolled(reported_at="2026-11-23T07:40:00Z"), "updates 1 to 20,000"),
        (
            rolled(state="drained", reported_at="2026-11-23T07:40:00Z"),
            "updates 1 to 20,000 (reported 2 h 20 min ago)",
        ),
        (rolled(state="drained"), "updates 1 to 20,000, reported 2 minutes ago"),
    ],
)
def test_the_age_of_a_report_is_there_once_and_not_of_one_that_repeats_itself(
    shown: dict[str, Any], held: str
) -> None:
    assert dict(rdb_page(view(rdb(), shown), OLD, []).said)["holds"] == held


def test_why_its_q_is_not_drained_is_there_in_the_words_of_q() -> None:
    page = rdb_page(view(rdb(), rolled(why="its window ends at 20000, and persisted is 12")), OLD, [])
    assert dict(page.said)["not drained"] == "q says: its window ends at 20000, and persisted is 12"
    silent = rolled()
    assert "not drained" not in dict(rdb_page(view(rdb(), silent), OLD, []).said)
    del silent["why"]  # as of an API of the release before
    assert "not drained" not in dict(rdb_page(view(rdb(), silent), OLD, []).said)


def test_a_report_that_grew_old_under_a_hold_is_no_reason_of_its_own() -> None:
    hold = "the cluster is on hold since 2026-11-23T07:00:00Z by x: audit"
    shown = view(rdb(), rolled(state="drained", not_released_for=[hold, "newest report is 3600 s old"]))
    assert [text for word, text in rdb_page(shown, OLD, []).said if not word] == []
    # It repeats itself every minute: once the hold is lifted the next report counts.
    assert freed_by(shown, None) == [OLD]
    assert freed_by(view(rolled(not_released_for=["newest report is 3600 s old"])), None) == []
