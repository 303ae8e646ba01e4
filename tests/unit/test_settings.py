"""The settings of a cluster are in the tags of its group; one that cannot be used is refused by its name."""

from datetime import timedelta

import pytest

from chalicelib.core.errors import BadSettings
from chalicelib.core.settings import ClusterSettings


@pytest.mark.parametrize(
    "name",
    ["scale-threshold", "roll-threshold", "lead-seconds", "memory-fresh-seconds", "drained-good-seconds"],
)
@pytest.mark.parametrize(
    "value", ["", "sixty", "nan", "inf", "-1", "1000000", "60%", "0x3c", "1_0", " 60", "\u0666\u0660"]
)
def test_a_tag_that_is_no_number_is_refused_by_its_name_and_value(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"^tag highwater:{name}: '{value}' is not a decimal number from 0"):
        ClusterSettings.from_tags({f"highwater:{name}": value})


@pytest.mark.parametrize(
    ("scale", "roll"), [("0", "85"), ("85", "85"), ("90", "85"), ("60", "100"), ("60", "150"), ("60", "0")]
)
def test_thresholds_that_make_no_sense_together_are_refused_by_both_names(scale: str, roll: str) -> None:
    with pytest.raises(BadSettings) as caught:
        ClusterSettings.from_tags({"highwater:scale-threshold": scale, "highwater:roll-threshold": roll})
    assert f"highwater:scale-threshold ({scale})" in str(caught.value)
    assert f"highwater:roll-threshold ({roll})" in str(caught.value)


def test_what_no_tag_sets_keeps_its_default_and_other_tags_are_left_alone() -> None:
    assert ClusterSettings.from_tags({"Name": "trades", "scale-threshold": "x"}) == ClusterSettings()


def test_every_tag_sets_its_own_setting() -> None:
    tags = {
        "scale-threshold": "50.5",
        "roll-threshold": "70",
        "lead-seconds": "90",
        "memory-fresh-seconds": "600",
        "drained-good-seconds": "300",
        "retiring": "yes",
    }
    assert ClusterSettings.from_tags({f"highwater:{k}": v for k, v in tags.items()}) == ClusterSettings(
        scale_threshold=50.5,
        roll_threshold=70.0,
        lead=timedelta(seconds=90),
        memory_fresh=timedelta(minutes=10),
        drained_good=timedelta(minutes=5),
        retiring=True,
    )


def test_a_tag_that_is_neither_yes_nor_no_is_refused_by_its_name_and_value() -> None:
    with pytest.raises(BadSettings, match=r"^tag highwater:retiring: 'true' is neither yes nor no$"):
        ClusterSettings.from_tags({"highwater:retiring": "true"})


@pytest.mark.parametrize("name", ["memory-fresh-seconds", "drained-good-seconds"])
def test_a_reading_and_a_word_are_good_for_a_minute_at_least(name: str) -> None:
    assert ClusterSettings.from_tags({f"highwater:{name}": "60"})
    with pytest.raises(BadSettings, match=r"highwater:drained-good-seconds: at least 60$"):
        ClusterSettings.from_tags({f"highwater:{name}": "59.9"})


def test_one_rdb_with_room_is_wanted_and_none_in_a_cluster_that_is_being_removed() -> None:
    assert ClusterSettings().standbys == 1
    assert ClusterSettings(retiring=True).standbys == 0
