"""The settings of a cluster, in the tags of its group: one that cannot be used is named, the rest holds."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.facts.settings import ClusterSettings, settings_of

NUMBERS = [
    "scale-threshold",
    "roll-threshold",
    "lead-seconds",
    "memory-fresh-seconds",
    "drained-good-seconds",
]
KNOWN = ClusterSettings(
    scale_threshold=50.5,
    roll_threshold=70.0,
    lead=timedelta(seconds=90),
    memory_fresh=timedelta(minutes=10),
    drained_good=timedelta(minutes=5),
    retiring=True,
    rule="fixed",
    hard_threshold=80.0,
    hand_back=timedelta(minutes=5),
)
# Without a scale threshold an RDB has room until it rolls.
UNTAGGED = ClusterSettings(scale_threshold=85.0)
TAGS = {
    "scale-threshold": "50.5",
    "roll-threshold": "70",
    "lead-seconds": "90",
    "memory-fresh-seconds": "600",
    "drained-good-seconds": "300",
    "retiring": "yes",
    "rule": "fixed",
    "hard-threshold": "80",
    "hand-back-seconds": "300",
}


def read(known: ClusterSettings | None = None, **tags: str) -> tuple[ClusterSettings, tuple[str, ...]]:
    return settings_of({f"highwater:{name.replace('_', '-')}": value for name, value in tags.items()}, known)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value", ["", "sixty", "nan", "inf", "-1", "1000000", "60%", "60s", "0x3c", "1_0", " 60", "\u0666\u0660"]
)
def test_a_tag_that_is_no_number_is_named_and_its_last_good_value_is_used(name: str, value: str) -> None:
    for known, used in ((None, ClusterSettings()), (KNOWN, KNOWN)):
        settings, (bad,) = settings_of({f"highwater:{name}": value}, known)
        field = {"lead-seconds": "lead"}.get(name, name.removesuffix("-seconds").replace("-", "_"))
        assert getattr(settings, field) == getattr(used, field)
        assert bad.startswith(f"tag highwater:{name}: {value!r} is not a decimal number from 0 to 999999: ")
        assert bad.endswith(" is used")


def test_the_sentence_says_which_value_is_used() -> None:
    assert read(KNOWN, lead_seconds="60s")[1] == (
        "tag highwater:lead-seconds: '60s' is not a decimal number from 0 to 999999: 90 is used",
    )
    assert read(lead_seconds="60s")[1][0].endswith(": 60 is used")
    assert read(KNOWN, retiring="true")[1] == (
        "tag highwater:retiring: 'true' is neither yes nor no: yes is used",
    )


@pytest.mark.parametrize(
    ("scale", "roll"), [("0", "85"), ("85", "85"), ("90", "85"), ("60", "100"), ("60", "150"), ("60", "0")]
)
def test_thresholds_that_contradict_each_other_are_both_named_and_neither_is_used(
    scale: str, roll: str
) -> None:
    settings, (bad,) = read(KNOWN, scale_threshold=scale, roll_threshold=roll)
    assert (settings.scale_threshold, settings.roll_threshold) == (50.5, 70)
    assert bad == (
        f"tags highwater:scale-threshold ({scale}) and highwater:roll-threshold ({roll}) "
        "must be 0 < scale < roll < 100 percent: 50.5 and 70 are used"
    )
    assert read(scale_threshold=scale, roll_threshold=roll)[0] == ClusterSettings()


def test_a_threshold_that_contradicts_the_last_good_one_of_the_other_is_not_used_either() -> None:
    settings, bad = read(KNOWN, scale_threshold="80", roll_threshold="x")
    assert (settings.scale_threshold, settings.roll_threshold, len(bad)) == (50.5, 70, 2)


def test_one_bad_tag_leaves_the_others_in_force() -> None:
    settings, bad = read(KNOWN, **{**TAGS, "lead_seconds": "soon", "roll_threshold": "75"})
    assert len(bad) == 1
    assert (settings.roll_threshold, settings.lead) == (75, KNOWN.lead)


def test_every_bad_tag_is_named() -> None:
    _, bad = read(lead_seconds="soon", retiring="perhaps", drained_good_seconds="1")
    assert len(bad) == 3


def test_what_no_tag_sets_takes_its_default_again_and_other_tags_are_left_alone() -> None:
    assert settings_of({"Name": "trades", "scale-threshold": "x"}, KNOWN) == (UNTAGGED, ())


def test_every_tag_sets_its_own_setting() -> None:
    assert settings_of({f"highwater:{k}": v for k, v in TAGS.items()}) == (KNOWN, ())


@pytest.mark.parametrize("name", ["memory-fresh-seconds", "drained-good-seconds", "hand-back-seconds"])
def test_a_reading_and_a_word_are_good_for_a_minute_at_least(name: str) -> None:
    assert settings_of({f"highwater:{name}": "60"})[1] == ()
    settings, (bad,) = settings_of({f"highwater:{name}": "59.9"})
    assert settings == UNTAGGED
    assert bad.startswith(f"tag highwater:{name}: 59.9 is not between 60 and 3600 seconds: ")


@pytest.mark.parametrize(
    ("name", "least"), [("lead-seconds", 0), ("memory-fresh-seconds", 60), ("drained-good-seconds", 60)]
)
def test_a_time_of_more_than_an_hour_is_named_and_its_last_good_value_is_used(name: str, least: int) -> None:
    assert settings_of({f"highwater:{name}": "3600"})[1] == ()
    for absurd in ("3601", "60000", "90000"):
        settings, (bad,) = settings_of(
            {**{f"highwater:{k}": v for k, v in TAGS.items()}, f"highwater:{name}": absurd}, KNOWN
        )
        assert settings == KNOWN
        assert bad.startswith(f"tag highwater:{name}: {absurd} is not between {least} and 3600 seconds: ")


def test_without_a_scale_threshold_an_rdb_has_room_until_it_rolls() -> None:
    assert read(roll_threshold="70")[0].scale_threshold == 70
    assert read(roll_threshold="70", scale_threshold="50")[0].scale_threshold == 50


def test_the_fixed_rule_has_a_scale_threshold_always() -> None:
    assert read(rule="fixed")[0].scale_threshold == 60


def test_a_rule_that_is_unknown_is_named_and_the_last_good_one_is_used() -> None:
    settings, (bad,) = read(KNOWN, rule="fastest")
    assert settings.rule == "fixed"
    assert bad == "tag highwater:rule: 'fastest' is neither demand nor fixed: fixed is used"


@pytest.mark.parametrize(("roll", "hard"), [("85", 92.0), ("91", 92.0), ("92", None), ("95", None)])
def test_by_default_the_hard_threshold_is_92_where_that_is_above_the_roll_threshold(
    roll: str, hard: float | None
) -> None:
    settings, bad = read(roll_threshold=roll)
    assert (settings.hard_threshold, bad) == (hard, ())


@pytest.mark.parametrize("hard", ["85", "80", "100", "0"])
def test_a_hard_threshold_that_is_no_higher_than_the_roll_threshold_is_named_and_turns_it_off(
    hard: str,
) -> None:
    settings, (bad,) = read(hard_threshold=hard)
    assert settings.hard_threshold is None
    assert bad == (
        f"tag highwater:hard-threshold: {hard} is not between highwater:roll-threshold (85) and 100: "
        "RDBs roll at that"
    )


def test_a_firm_turns_the_hard_threshold_off() -> None:
    assert read(hard_threshold="none")[0].hard_threshold is None


def test_one_rdb_with_room_is_wanted_and_none_in_a_cluster_that_is_being_removed() -> None:
    assert ClusterSettings().standbys == 1
    assert ClusterSettings(retiring=True).standbys == 0


values = (
    st.sampled_from(["0", "1", "59", "60", "70", "85", "99", "100", "60000", "x", "", "yes", "no"])
    | st.text()
)
some_tags = st.dictionaries(st.sampled_from([f"highwater:{name}" for name in TAGS]), values)


@given(st.lists(some_tags, min_size=1, max_size=4))
def test_whatever_tags_follow_each_other_the_settings_are_usable_and_each_bad_tag_is_told(
    history: list[dict[str, str]],
) -> None:
    known = None
    for tags in history:
        settings, bad = settings_of(tags, known)
        assert 0 < settings.scale_threshold <= settings.roll_threshold < 100
        assert settings.hard_threshold is None or settings.roll_threshold < settings.hard_threshold < 100
        assert min(settings.memory_fresh, settings.drained_good) >= timedelta(minutes=1)
        assert timedelta(minutes=10) <= settings.boot_deadline <= timedelta(minutes=65)
        assert max(settings.memory_fresh, settings.drained_good) <= timedelta(hours=1)
        # Read again with what was used, the same tags give the same settings and the same sentences.
        assert settings_of(tags, settings)[0] == settings
        assert len(settings_of(tags, settings)[1]) == len(bad)
        if not bad:
            assert settings_of(tags) == (settings, ())
        known = settings
