"""An unreadable ledger, a renamed tag: the cluster is raised all the same, and people know."""

import pytest

from tests.drills.conftest import Play, about, clock


def test_an_unreadable_ledger_is_told_once_and_the_next_host_is_launched_in_time(play: Play) -> None:
    drill = play("newer_ledger.jsonl", until="10:00")
    (told,) = about(drill["told"], "unreadable")
    assert "09:05" <= clock(told["at"]) <= "09:07"
    assert drill["minutes_without_live"] == 0
    assert clock(drill["launches"][0]) < "09:45"
    assert about(drill["cleared"], "unreadable") == []
    assert not drill["unsafe_terminations"]


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [("highwater:role", "RDB", "rdb"), ("highwater:cluster", "trades ", "trades")],
)
def test_a_group_that_its_tags_hide_is_told_with_the_tag_and_cleared_when_that_is_set_back(
    play: Play, key: str, value: str, right: str
) -> None:
    events = [
        {"at": "09:05", "do": "tag", "key": key, "value": value},
        {"at": "09:30", "do": "tag", "key": key, "value": right},
    ]
    drill = play(events, until="09:42")
    (told,), (cleared,) = about(drill["told"], "renamed"), about(drill["cleared"], "renamed")
    assert f"is tagged {key}={value!r} now" in told["text"]
    assert told["text"].endswith(f"set {key}={right} again")
    assert "09:05" <= clock(told["at"]) <= "09:12"
    assert "09:30" < clock(cleared["at"]) <= "09:40"


def test_a_renamed_cluster_tag_is_told_without_a_flood_of_launches_and_cleared_when_it_is_set_back(
    play: Play,
) -> None:
    drill = play("renamed_tag.jsonl", until="10:00")
    (told,), (cleared,) = about(drill["told"], "renamed"), about(drill["cleared"], "renamed")
    assert told["text"].startswith("hosts of group highwater-trades-rdb report for trades, but the group is")
    assert "09:05" <= clock(told["at"]) <= "09:12"
    assert "09:30" < clock(cleared["at"]) <= "09:40"
    # Under the new name nothing is decided, and nothing is told of its hosts.
    (launch,) = drill["launches"]
    assert clock(launch) >= "09:40"
    assert {(alert["cluster"], alert["key"]) for alert in drill["told"]} == {("trades", "renamed")}
    assert drill["minutes_without_live"] == 0
