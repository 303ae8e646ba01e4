"""Outcomes cannot be recorded for half an hour: what was told meanwhile is not told again."""

from tests.drills.conftest import Play, about, kept

BAD_TAG = {"at": "09:06", "do": "tag", "key": "highwater:lead-seconds", "value": "60s"}
THROTTLED = {
    "at": "09:05",
    "do": "aws_refuses",
    "operation": "PutItem",
    "code": "ThrottlingException",
    "message": "rate",
    "until": "09:35",
}


def test_an_alert_whose_outcome_cannot_be_recorded_is_told_once(play: Play) -> None:
    drill = play([THROTTLED, BAD_TAG], until="09:45")
    assert len(about(drill["told"], "configuration")) == 1
    assert kept(drill)
