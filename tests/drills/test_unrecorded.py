"""Nothing can be written for half an hour: what happened meanwhile is told once, when it can be kept."""

from tests.drills.conftest import Play, about, clock, kept

BAD_TAG = {"at": "09:06", "do": "tag", "key": "highwater:lead-seconds", "value": "60s"}
THROTTLED = {
    "at": "09:05",
    "do": "aws_refuses",
    "code": "ThrottlingException",
    "message": "rate",
    "until": "09:35",
}


def test_an_alert_that_cannot_be_recorded_is_told_once_and_as_soon_as_it_can(play: Play) -> None:
    writes = [{**THROTTLED, "operation": operation} for operation in ("PutItem", "TransactWriteItems")]
    drill = play([*writes, BAD_TAG], until="09:45")
    (told,) = about(drill["told"], "configuration")
    assert "09:35" <= clock(told["at"]) <= "09:37"
    assert kept(drill)
