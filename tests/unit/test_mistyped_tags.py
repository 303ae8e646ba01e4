"""Tags that are mistyped and can be used all the same are told, and stop nothing (rule 15)."""

import msgspec
import pytest

from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.choice import Choice
from chalicelib.core.facts.learned import IDLE_PERCENT
from chalicelib.core.facts.situation import situation_of
from tests.unit.builders import NOW, A, B, cluster, drained, live

GOOD = {
    "aws:autoscaling:groupName": "x",
    "Name": "rdb",
    "highwater:cluster": "trades",
    "highwater:role": "rdb",
    "highwater:rule": "demand",
    "highwater:roll-threshold": "85",
    "highwater:hard-threshold": "92",
    "highwater:lead-seconds": "60",
}


def decided(tags: dict[str, str]) -> Decision:
    ledger, group = cluster({A: drained(), B: live(5)})
    group = msgspec.structs.replace(group, tags={**GOOD, **tags})
    return decide(situation_of(ledger, Choice(group), NOW)).decision


def told(tags: dict[str, str]) -> list[str]:
    return [alert.text for alert in decided(tags).alerts if alert.is_of("configuration")]


def test_the_tags_of_a_cluster_as_it_is_deployed_are_told_to_nobody() -> None:
    assert told({}) == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (
            "highwater:led-seconds",
            "tag highwater:led-seconds has no meaning and is ignored: did you mean highwater:lead-seconds?",
        ),
        ("highwater:z", "tag highwater:z has no meaning and is ignored"),
    ],
)
def test_a_mistyped_key_is_told_with_the_one_that_may_be_meant(tag: str, text: str) -> None:
    assert told({tag: "120"}) == [text]


@pytest.mark.parametrize(
    ("tags", "tag"),
    [
        ({"highwater:roll-threshold": "8.5"}, "roll-threshold: at 8.5 %"),
        ({"highwater:scale-threshold": "6"}, "scale-threshold: at 6 %"),
    ],
)
def test_a_threshold_that_leaves_hardly_any_room_is_told(tags: dict[str, str], tag: str) -> None:
    (text,) = told(tags)
    assert text.startswith(f"tag highwater:{tag} ")


def test_a_threshold_that_leaves_room_is_told_to_nobody() -> None:
    assert told({"highwater:roll-threshold": "30"}) == []


def test_a_mistyped_tag_keeps_no_release_back() -> None:
    assert [one.instance_id for one in decided({"highwater:led-seconds": "120"}).release] == [A]


def test_a_threshold_ten_points_above_an_idle_rdb_is_told_to_nobody() -> None:
    assert told({"highwater:scale-threshold": f"{IDLE_PERCENT + 10:g}"}) == []
