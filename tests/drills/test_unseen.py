"""AWS refuses to show any group, and no RDB reports: it is told once, of the account."""

from tests.drills.conftest import Play, about, clock


def test_groups_that_nobody_may_see_are_told_once_within_minutes_and_once_when_it_is_over(play: Play) -> None:
    drill = play("unseen.jsonl", until="09:45")
    # The tickerplant reports: what it wakes tells the same of its cluster.
    (told, _), (*_, cleared) = (
        sorted(about(drill[when], "unread"), key=lambda alert: alert["cluster"])
        for when in ("told", "cleared")
    )
    assert (told["cluster"], told["key"]) == ("*", "unread DescribeAutoScalingGroups")
    assert "an explicit deny in a service control policy" in told["text"]
    assert "09:10" < clock(told["at"]) <= "09:13"
    assert "09:30" < clock(cleared["at"]) <= "09:38"


def test_a_group_that_is_renamed_while_nobody_reports_is_told_by_the_sweep(play: Play) -> None:
    events = [
        {"at": "09:05", "do": "reporter_dies", "rdb": "live"},
        {"at": "09:06", "do": "tag", "key": "highwater:cluster", "value": "orders"},
    ]
    drill = play(events, until="09:12")
    (told,) = about(drill["told"], "renamed")
    assert told["cluster"] == "trades"
    assert "09:06" <= clock(told["at"]) <= "09:08"
    assert about(drill["told"], "misnamed") == []
