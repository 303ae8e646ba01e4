"""The page of `why` of one RDB says why it is not released, or what released it, and what to do."""

import re

from highwater.operate.words.why_rdb import gone_page, rdb_page
from tests.highwater.views import ANN, OLD, alert, rdb, rolled, view

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
