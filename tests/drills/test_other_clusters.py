"""Words of another cluster's hosts count for nothing; a cluster without a group leaves no dead letters."""

from tests.drills.conftest import Play, clock, kept

# As on a day without events: the live RDB is at its scale threshold.
LAUNCHED = ["09:40:30"]


def test_a_report_by_the_topic_of_another_cluster_is_refused_and_changes_nothing(play: Play) -> None:
    drill = play("other_topic.jsonl", until="09:45")
    # Each is tried three times, and goes to the dead letters.
    assert drill["handler_failures"] >= 3
    assert [clock(at) for at in drill["launches"]] == LAUNCHED
    assert drill["told"] == []
    (shown,) = drill["answers"]
    states = [rdb["state"] for rdb in shown["body"]["rdbs"]]
    assert states == ["live", "standby"]
    assert kept(drill)


def test_a_group_that_loses_its_tag_is_no_cluster_until_it_has_it_again(play: Play) -> None:
    drill = play("no_group.jsonl", until="09:45")
    assert drill["handler_failures"] == 0
    assert [clock(at) for at in drill["launches"]] == LAUNCHED
    assert kept(drill)
