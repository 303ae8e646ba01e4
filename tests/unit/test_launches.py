"""A launch that does not arrive is told with AWS's own error, and is never asked for again (rule 11)."""

from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.core.alerts.launches import Activity, with_failed_launches
from chalicelib.core.decide import decide
from chalicelib.core.facts.ledger import Asked, Fails
from chalicelib.core.facts.situation import Situation
from chalicelib.core.looks import Looks, looks_of
from tests.unit.builders import (
    DEFAULTS,
    IN_SERVICE,
    NOW,
    PENDING,
    SICK,
    TERMINATING,
    A,
    B,
    Facts,
    ago,
    cluster,
    launching,
    live,
    planned,
    rdb,
    report,
    situation,
    told,
)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("We currently do not have sufficient r6i.xlarge capacity in the Availability Zone", "capacity"),
        ("You have requested more vCPU capacity than your current vCPU limit of 32 allows", "quota"),
        ("The image id '[ami-1]' does not exist. Launching EC2 instance failed.", "template"),
        ("Something new. Launching EC2 instance failed.", "failed"),
    ],
)
def test_a_launch_that_is_overdue_is_told_with_awss_own_error(message: str, kind: str) -> None:
    ledger, group = cluster({A: live(70), B: launching(11)})
    failed = (Activity(message, ago(3)), Activity("it came", ago(9), failed_launch=False))
    ledger = with_failed_launches(situation((ledger, group)), failed)
    text = told((ledger, group))[f"launch {kind}"]
    assert text == (f"launch overdue since 2026-11-23T11:49:00Z: {message} (first seen 2026-11-23T11:57:00Z)")


def owed_for(minutes: float, *failed: float) -> Facts:
    """A launch that AWS owes for so many minutes, and failed so many minutes ago."""
    ledger, group = cluster({A: live(70)}, desired=2)
    owed = msgspec.structs.replace(ledger, owed_since=ago(minutes))
    shown = tuple(Activity("no sufficient capacity", ago(each)) for each in failed)
    return with_failed_launches(situation((owed, group)), shown), group


def test_two_launches_that_failed_are_told_at_once_since_the_first_of_them() -> None:
    text = told(owed_for(2, 0.5, 1.5))["launch capacity"]
    first = "2026-11-23T11:58:30Z"
    assert text == f"launches fail since {first}, 2 so far, and AWS tries again: no sufficient capacity"
    assert not [key for key in told(owed_for(2, 0.5)) if key.startswith("launch")]
    assert not [key for key in told(owed_for(2, 0.5, 9)) if key.startswith("launch")]


def test_what_failed_before_a_launch_came_is_no_part_of_the_wait_for_the_next() -> None:
    ledger, _ = owed_for(2, 0.5, 1.5)
    both, shown = cluster({A: live(70), B: launching(0)}, desired=3)
    later = msgspec.structs.replace(ledger, rdbs=both.rdbs, owed_later=(ago(1),))
    assert ledger.trouble
    assert ledger.trouble.times == 2
    assert not [key for key in told((later, shown)) if key.startswith("launch")]


@pytest.mark.parametrize(("owed_since", "is_due"), [(ago(1), True), (None, False)])
def test_the_news_that_a_launch_failed_has_its_cause_looked_for_while_one_is_owed(
    owed_since: datetime | None, is_due: bool
) -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    known = situation((msgspec.structs.replace(ledger, owed_since=owed_since), group))
    assert looks_of(known, launch_failed=True).activities is is_due
    assert not looks_of(known).activities


def test_the_same_error_keeps_the_time_at_which_it_was_first_seen() -> None:
    ledger, group = cluster({A: live(70), B: launching(30)})
    first = with_failed_launches(situation((ledger, group)), (Activity("not sufficient", ago(9)),))
    later = with_failed_launches(situation((first, group)), (Activity("not sufficient", ago(1)),))
    assert later.trouble is not None
    assert (later.trouble.since, later.trouble.read_at) == (ago(9), NOW)


@pytest.mark.parametrize(("minutes", "code"), [(600, "overdue"), (13.1, "overdue"), (13, "capacity")])
def test_a_launch_that_failed_before_this_wait_is_not_its_cause(minutes: float, code: str) -> None:
    known = cluster({A: live(70), B: launching(11)})
    ledger = with_failed_launches(situation(known), (Activity("not sufficient", ago(minutes)),))
    assert list(told((ledger, known[1]))) == [f"launch {code}"]


def test_the_cause_of_a_wait_is_forgotten_with_it() -> None:
    ledger, group = cluster({A: live(70), B: launching(11)})
    ledger = with_failed_launches(situation((ledger, group)), (Activity("not sufficient", ago(5)),))
    assert planned((ledger, group))[0].trouble == ledger.trouble
    assert planned((ledger.with_rdb(B, member=IN_SERVICE), group))[0].trouble is None


def test_launches_that_are_wanted_while_launch_is_suspended_are_told_at_once() -> None:
    ledger, group = cluster({A: live(30)}, desired=2)
    group = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    text = told((ledger, group))["launch suspended"]
    assert text == (
        "Launch is suspended on group trades-rdb, and launches are wanted: 1; resume it: "
        "aws autoscaling resume-processes --auto-scaling-group-name trades-rdb --scaling-processes Launch"
    )


def test_the_raise_that_meets_a_suspended_launch_tells_it() -> None:
    ledger, group = cluster({A: live(70)})
    group = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    _, found = planned((ledger, group))
    assert (found.target, [alert.key for alert in found.told]) == (2, ["launch suspended"])


def test_the_wait_for_a_launch_begins_when_it_is_resumed() -> None:
    ledger, group = cluster({A: live(30)}, desired=2)
    suspended = msgspec.structs.replace(group, suspended=group.suspended | {"Launch"})
    ledger = msgspec.structs.replace(ledger, owed_since=ago(30))
    kept, found = planned((ledger, suspended))
    assert ([alert.key for alert in found.alerts], kept.owed_since) == (["launch suspended"], None)
    resumed, found = planned((kept, group))
    assert (found.alerts, resumed.owed_since) == ((), NOW)


def test_a_suspended_launch_is_no_alert_while_none_is_wanted() -> None:
    ledger, group = cluster({A: live(30)})
    assert told((ledger, msgspec.structs.replace(group, suspended=group.suspended | {"Launch"}))) == {}


def test_a_launch_that_aws_owes_is_remembered_since_when_and_forgotten_when_it_arrives() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    owing, found = planned((ledger, group))
    assert (owing.owed_since, found.target) == (NOW, None)
    came = launching(-1)
    arrived = msgspec.structs.replace(group, members={**group.members, B: PENDING})
    ledger = msgspec.structs.replace(owing, rdbs={**owing.rdbs, B: came})
    assert planned((ledger, arrived))[0].owed_since is None
    # It came and is no room: nothing is owed any more, whatever somebody lowers.
    sick = ledger.with_rdb(B, member=SICK)
    assert planned((sick, msgspec.structs.replace(arrived, desired=1)))[0].owed_since is None


def test_who_lowers_desired_while_a_launch_is_owed_does_not_end_the_wait_and_is_told() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(10))
    kept, found = planned((ledger, msgspec.structs.replace(group, desired=1)))
    assert (kept.owed_since, found.target) == (ago(10), 2)
    assert [alert.key for alert in found.alerts] == ["launch overdue", "lowered"]
    assert found.alerts[1].text.startswith(
        "desired is 1, without the launch that is awaited since 2026-11-23T11:50:00Z, and no RDB has room: "
        "somebody lowered it, or a raise of ours did not reach AWS;"
    )


def test_a_function_that_dies_before_its_raise_is_blamed_on_nobody() -> None:
    known, group = cluster({A: live(70)})
    intended, found = planned((known, group))
    assert found.target == 2
    awaited = decide(Situation(intended, group, DEFAULTS, ago(-1)))
    again = decide(Situation(awaited.ledger, group, DEFAULTS, ago(-2)))
    (told,) = [alert for alert in again.decision.alerts if alert.is_of("lowered")]
    assert again.decision.target == 2
    assert "or a raise of ours did not reach AWS" in told.text


def test_a_launch_that_max_size_no_longer_allows_is_owed_no_more() -> None:
    ledger, group = cluster({A: live(70)}, desired=1, max_size=1)
    kept, found = planned((msgspec.structs.replace(ledger, owed_since=ago(10)), group))
    assert (kept.owed_since, [alert.key for alert in found.alerts]) == (None, ["max-size"])


def test_while_launches_pause_a_launch_that_was_taken_back_is_not_overdue_but_the_wait_goes_on() -> None:
    rdbs = {A: rdb(None, seen=70), B: rdb(None, seen=30)}
    ledger, group = cluster(rdbs)
    kept, found = planned((msgspec.structs.replace(ledger, owed_since=ago(10)), group))
    assert found.code == "waiting"
    assert [alert.key for alert in found.alerts if not alert.is_of("never-ready")] == ["lowered"]
    assert (kept.owed_since, kept.short_since) == (ago(10), ago(10))


def test_who_takes_back_a_launch_that_nobody_needs_ends_the_wait() -> None:
    ledger, group = cluster({A: live(30)}, desired=1)
    kept, found = planned((msgspec.structs.replace(ledger, owed_since=ago(10)), group))
    assert (kept.owed_since, found.alerts) == (None, ())


@pytest.mark.parametrize(
    ("seen", "waits"),
    [(0, (ago(5), NOW)), (1, (ago(11), ago(5))), (12, (ago(11), ago(5)))],
    ids=["it arrives now", "it arrived at the last look", "it was there before"],
)
def test_a_launch_that_arrives_ends_the_longest_wait_and_no_other(
    seen: float, waits: tuple[datetime, ...]
) -> None:
    ledger, group = cluster({A: live(70), B: launching(seen)}, desired=4)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(11), owed_later=(ago(5),))
    kept, _ = planned((ledger, group))
    assert (kept.owed_since, *kept.owed_later) == waits


def test_launches_that_arrive_one_by_one_do_not_hide_that_others_are_late() -> None:
    ledger, group = cluster({A: live(), B: launching(0)}, desired=5)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(11), owed_later=(ago(11),) * 3)
    kept, found = planned((ledger, group))
    assert (kept.owed_since, kept.owed_later) == (ago(11), (ago(11),) * 2)
    assert [alert.key for alert in found.told] == ["launch overdue"]


@pytest.mark.parametrize("desired", [1, 2], ids=["it came to nothing", "AWS shows it"])
def test_what_a_raise_that_failed_would_bring_is_awaited_only_once_aws_shows_it(desired: int) -> None:
    ledger, group = cluster({A: live(70)}, desired=desired, asked=Asked(2, ago(1)))
    ledger = msgspec.structs.replace(ledger, raise_fails=Fails(ago(1), 1, "no answer"))
    kept, found = planned((ledger, group))
    assert (kept.owed_since, found.target) == (NOW if desired == 2 else None, None)
    assert found.alerts == ()


def test_a_look_that_still_shows_a_member_which_ends_does_not_tell_that_desired_was_lowered() -> None:
    ledger, group = cluster({A: live(70), B: rdb(report(), TERMINATING)}, desired=2)
    stale = msgspec.structs.replace(group, members={A: IN_SERVICE, B: IN_SERVICE})
    kept, found = planned((msgspec.structs.replace(ledger, owed_since=ago(1)), stale))
    assert (kept.owed_since, found.told) == (ago(1), ())


def test_a_launch_however_late_is_never_asked_for_again() -> None:
    ledger, group = cluster({A: live(70)}, desired=2)
    ledger = msgspec.structs.replace(ledger, owed_since=ago(600))
    assert planned((ledger, group))[1].target is None


def test_activities_are_read_when_a_launch_is_overdue_and_again_after_ten_minutes() -> None:
    ledger, group = cluster({A: live(70), B: launching(11)})
    assert looks_of(Situation(ledger, group, DEFAULTS, NOW)) == Looks(
        hook=False, suspects=(B,), activities=True
    )
    read_once = with_failed_launches(situation((ledger, group)), ())
    assert not looks_of(Situation(read_once, group, DEFAULTS, NOW + timedelta(minutes=9))).activities
    assert looks_of(Situation(read_once, group, DEFAULTS, NOW + timedelta(minutes=10))).activities


def test_a_launch_that_nothing_is_known_of_is_told_as_overdue() -> None:
    late = "launch overdue since 2026-11-23T11:49:00Z: no activity says why"
    ledger, group = cluster({A: live(70), B: launching(11)})
    assert told((ledger, group)) == {"launch overdue": late}
    read_once = with_failed_launches(situation((ledger, group)), ())
    assert told((read_once, group)) == {"launch overdue": f"{late} (first seen 2026-11-23T12:00:00Z)"}
