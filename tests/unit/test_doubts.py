"""Whatever is wrong with tags and groups: raising, walls and alerts go on, and releases wait (rule 15)."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.alerts.telling import with_told
from chalicelib.core.alerts.unread import with_unread
from chalicelib.core.decide import decide
from chalicelib.core.decision import Decision
from chalicelib.core.facts.choice import Choice, choice_of, with_choice
from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.group import Group
from chalicelib.core.facts.ledger import Asked, KnownGroup, Ledger
from chalicelib.core.facts.settings import ClusterSettings
from chalicelib.core.facts.situation import situation_of
from tests.unit.arbitrary import facts
from tests.unit.builders import IN_SERVICE, NOW, A, B, C, Facts, cluster, drained, live

FULL: Facts = cluster({A: live(86, minutes=0.5), B: drained()})
COPY = Group("a-copy", "trades", {}, 0, 4, 1, {C: IN_SERVICE})


def on(known: Facts, **tags: str) -> Facts:
    ledger, group = known
    shown = {f"highwater:{name.replace('_', '-')}": value for name, value in tags.items()}
    return ledger, msgspec.structs.replace(group, tags=shown)


def judged(known: Facts, others: Sequence[Group] = ()) -> tuple[Ledger, Decision]:
    ledger, group = known
    choice = choice_of(ledger, [*others, group], NOW)
    ledger, _ = with_group(with_choice(ledger, choice, NOW), choice.group, NOW)
    made = decide(situation_of(ledger, choice, NOW))
    return made.ledger, made.decision


def named(known: Facts) -> Facts:
    """The same facts in a ledger that knows its group."""
    ledger, group = known
    return msgspec.structs.replace(ledger, group=KnownGroup(group.name, NOW - timedelta(days=9))), group


def test_a_cluster_is_judged_by_the_settings_in_its_groups_tags_and_the_ledger_keeps_them() -> None:
    ledger, found = judged(on(FULL, roll_threshold="88"))
    assert ledger.settings == ClusterSettings(scale_threshold=88.0, roll_threshold=88.0)
    assert found.target is None


def test_with_a_bad_tag_the_last_good_settings_hold_and_the_raise_goes_on() -> None:
    ledger, group = cluster({A: live(86)})
    ledger, _ = judged(on((ledger, group), lead_seconds="90"))
    kept, found = judged(on((msgspec.structs.replace(ledger, asked=None), group), lead_seconds="60s"))
    assert kept.settings == ClusterSettings(lead=timedelta(seconds=90), scale_threshold=85.0)
    assert (found.code, found.target) == ("raise", 2)
    (alert,) = [alert for alert in found.told if alert.is_of("configuration")]
    assert (
        alert.text
        == "tag highwater:lead-seconds: '60s' is not a decimal number from 0 to 999999: 90 is used; "
        "correct or remove the tag, releases wait"
    )


def test_walls_are_repaired_while_tags_are_bad_and_groups_are_two() -> None:
    _, found = judged(named(on(cluster({A: live(70)}, walls=False), scale_threshold="x")), [COPY])
    assert set(found.repair) == {"suspended", "protects-new", "retains", "undeletable", "hook"}


def test_several_bad_tags_are_told_together() -> None:
    _, found = judged(on(FULL, lead_seconds="x", retiring="y", scale_threshold="90", roll_threshold="80"))
    (alert,) = [alert for alert in found.alerts if alert.is_of("configuration")]
    assert all(tag in alert.text for tag in ("lead-seconds", "retiring", "scale-threshold", "roll-threshold"))


def causes(known: Facts, others: Sequence[Group] = ()) -> dict[str, str]:
    return {alert.key: alert.cause for alert in judged(known, others)[1].alerts}


def test_another_doubt_under_the_same_key_is_another_cause_and_so_told_again() -> None:
    one, two = on(FULL, lead_seconds="60s"), on(FULL, lead_seconds="60s", retiring="perhaps")
    weighted = (one[0], msgspec.structs.replace(one[1], unit="weights"))
    assert len({causes(known)["configuration"] for known in (one, two, weighted)}) == 3
    third = msgspec.structs.replace(COPY, name="b-copy")
    assert causes(named(FULL), [COPY])["ambiguous"] != causes(named(FULL), [COPY, third])["ambiguous"]


def test_a_second_bad_tag_is_told_once_and_the_same_doubts_are_not_told_again() -> None:
    ledger, group = on(FULL, lead_seconds="60s")
    first = decide(situation_of(ledger, Choice(group), NOW))
    ledger = with_told(first.ledger, first.decision)
    later = NOW + timedelta(minutes=11)
    assert decide(situation_of(ledger, Choice(group), later)).decision.changed == ()
    _, group = on(FULL, lead_seconds="60s", retiring="perhaps")
    second = decide(situation_of(ledger, Choice(group), later))
    (changed,) = second.decision.changed
    assert changed.key == "configuration"
    assert "highwater:retiring" in changed.text
    ledger = with_told(second.ledger, second.decision)
    again = decide(situation_of(ledger, Choice(group), later + timedelta(minutes=11)))
    assert again.decision.changed == ()


def test_nothing_is_released_while_a_tag_is_bad_and_all_is_again_when_it_is_mended() -> None:
    good = cluster({A: live(30), B: drained(), C: live(20)})
    assert judged(good)[1].release
    ledger, found = judged(on(good, lead_seconds="60s"))
    assert not found.release
    assert any("lead-seconds" in reason for refusal in found.refused for reason in refusal.reasons)
    _, mended = judged(on((ledger, good[1]), lead_seconds="60"))
    assert mended.release
    assert not [alert for alert in mended.alerts if alert.is_of("configuration")]


@pytest.mark.parametrize("unit", ["weights", "vcpu", "memory-mib"])
def test_a_group_whose_capacity_counts_no_hosts_is_refused_by_name_and_keeps_its_walls(unit: str) -> None:
    ledger, group = cluster({A: live(70)}, walls=False)
    _, found = judged((ledger, msgspec.structs.replace(group, unit=unit)))
    assert (found.code, found.target, found.release) == ("configuration", None, ())
    assert found.reason.startswith(f"the capacity of group trades-rdb counts {unit}, not hosts")
    assert found.reason in [alert.text for alert in found.told]
    assert "protects-new" in found.repair


def test_walls_are_checked_and_repaired_while_no_metric_can_be_read() -> None:
    ledger, group = cluster({A: live(70)}, walls=False)
    refused = with_unread(ledger, ("GetMetricData failed: AccessDenied",), NOW, ())
    _, found = judged((refused, group))
    assert {"suspended", "protects-new", "retains", "undeletable", "hook"} <= set(found.repair)
    assert judged((refused, cluster({A: live(70)})[1]))[1].repair == ("hook",)


def test_the_group_that_the_ledger_knows_goes_on_and_both_are_told() -> None:
    ledger, found = judged(named(FULL), [COPY])
    assert (ledger.group and ledger.group.name, found.target) == ("trades-rdb", 3)
    (alert,) = [alert for alert in found.told if alert.is_of("ambiguous")]
    assert alert.text.startswith(
        "tag highwater:cluster=trades is on more than one group: trades-rdb goes on, a-copy ignored"
    )
    assert not found.release


def test_a_group_that_is_being_deleted_is_ignored_without_a_word() -> None:
    _, found = judged(named(FULL), [msgspec.structs.replace(COPY, deleting=True)])
    assert (found.target, [alert.key for alert in found.alerts]) == (3, [])


def test_a_known_group_that_is_being_deleted_is_told_and_not_raised_while_there_is_no_other() -> None:
    ledger, group = named(FULL)
    _, found = judged((ledger, msgspec.structs.replace(group, deleting=True)))
    assert (found.code, found.target, found.release) == ("configuration", None, ())
    assert found.reason.startswith("group trades-rdb is being deleted")


@pytest.mark.parametrize("deleting", [True, False])
def test_the_other_takes_over_when_the_known_group_goes_and_releases_nobody_of_it(deleting: bool) -> None:
    ledger, group = named(FULL)
    groups = [COPY, msgspec.structs.replace(group, deleting=True)] if deleting else [COPY]
    choice = choice_of(ledger, groups, NOW)
    assert choice.group == COPY
    assert choice.doubt.startswith("group a-copy has followed trades-rdb, which is gone or is being deleted")
    ledger, _ = with_group(with_choice(ledger, choice, NOW), COPY, NOW)
    made = decide(situation_of(ledger, choice, NOW))
    assert made.decision.release == ()
    assert {"not in this group"} <= set(made.refusals(A)) & set(made.refusals(B))
    later = NOW + timedelta(minutes=59)
    assert choice_of(ledger, [COPY], later).doubt == choice.doubt
    assert choice_of(ledger, [COPY], NOW + timedelta(hours=1)).doubt == ""


def test_a_number_that_was_asked_of_the_group_before_is_not_believed_of_this_one() -> None:
    ledger, group = named(cluster({A: live(90)}, asked=Asked(5, NOW)))
    assert judged((ledger, group))[1].target is None
    assert judged((ledger, msgspec.structs.replace(group, name="a-copy")))[1].target == 2


def test_a_new_ledger_takes_the_group_with_the_most_members_and_of_two_alike_the_first_by_name() -> None:
    empty = Ledger("trades")
    two = msgspec.structs.replace(COPY, name="z-two", members={A: IN_SERVICE, B: IN_SERVICE})
    for groups in ([COPY, two], [two, COPY]):
        assert choice_of(empty, groups, NOW).group == two
    same = msgspec.structs.replace(COPY, name="b-copy")
    for groups in ([COPY, same], [same, COPY]):
        assert choice_of(empty, groups, NOW).group == COPY


words = st.sampled_from(["50", "90", "x", "", "60s", "no", "yes"])


@given(
    known=facts,
    tags=st.dictionaries(st.sampled_from(["scale_threshold", "roll_threshold", "lead_seconds"]), words),
    copies=st.lists(st.sampled_from([COPY, msgspec.structs.replace(COPY, deleting=True)]), max_size=1),
)
def test_with_any_tags_and_copies_the_known_group_is_decided_on_and_nobody_with_data_leaves_in_doubt(
    known: Facts, tags: dict[str, str], copies: list[Group]
) -> None:
    ledger, group = on(named(known), **tags)
    choice = choice_of(ledger, [*copies, group], NOW)
    assert choice.group == group
    situation = situation_of(ledger, choice, NOW)
    made = decide(situation)
    plain = decide(msgspec.structs.replace(situation, doubts=()))
    assert (made.decision.target, made.decision.repair) == (plain.decision.target, plain.decision.repair)
    if situation.doubts:
        assert all(made.facts.ledger.rdbs[release.instance_id].dead_at for release in made.decision.release)
    else:
        assert made.decision.release == plain.decision.release
