"""The page of `why` says which RDB is live, when it rolls, why nothing is launched, who stays, what to do."""

from typing import Any

import pytest

from highwater.operate.words.page import lines_of
from highwater.operate.words.why import page_of, undecided_page
from tests.highwater.views import ANN, LIVE, NEXT, OLD, alert, rdb, rolled, standby, unanswered, view

HOLD = {"reason": "audit", "by": ANN, "at": "2026-11-23T09:10:00Z", "until": "2026-11-23T18:00:00Z"}


def text_of(shown: dict[str, Any], decisions: list[dict[str, Any]] | None = None) -> str:
    """The page as one line."""
    return " ".join(" ".join(lines_of(page_of(shown, decisions or []), 80)).split())


def test_an_ordinary_day_says_who_is_live_how_long_it_lasts_and_that_nothing_is_to_do() -> None:
    said = text_of(view(rdb(), rolled()))
    assert f"trades, 10:00 UTC: {LIVE} is live and rolls in 109 minutes as it fills now" in said
    assert "no other is needed yet" in said
    assert f"{LIVE} at 50.0 %, 2.0 GiB; it rolls at 85 % of 4.0 GiB, 3.4 GiB, reached in 109 minutes" in said
    assert "launches none is needed: 1 with room, 1 wanted" in said
    assert f"{OLD} rolled 85.0 %, 3.4 GiB updates 1 to 20,000 Those that are rolled are not released" in said
    assert said.endswith("To do nothing")


def test_of_two_that_say_that_they_are_live_the_one_that_took_over_is_meant() -> None:
    late = {"has": False, "why": f"live since 2026-11-23T07:00:00Z, and {NEXT} since later"}
    old, new = rdb(room=late, reported_at="2026-11-23T10:00:00Z"), rdb(NEXT, memory_at="2026-11-23T09:58:00Z")
    assert f"10:00 UTC: {NEXT} is live" in text_of(view(old, new))


def test_of_two_that_say_that_they_are_live_the_one_heard_of_last_is_meant() -> None:
    silent = rdb(
        NEXT, memory_percent=80.0, memory_at="2026-11-23T09:01:00Z", reported_at="2026-11-23T09:00:00Z"
    )
    assert f"10:00 UTC: {LIVE} is live" in text_of(view(silent, rdb()))


def test_a_doubt_about_the_cluster_is_said_once() -> None:
    doubt = "tag highwater:cluster=trades is on more than one group: a goes on, b ignored"
    shown = view(rdb(), rolled(not_released_for=["holds 5 rows", doubt]), alerts=[alert("ambiguous", doubt)])
    said = text_of(shown)
    assert said.count(doubt) == 1
    assert "not released: the alert of the cluster stands; holds 5 rows" in said
    assert "NOBODY STANDS BY" not in said


def test_a_standby_is_named_as_the_next() -> None:
    said = text_of(view(rdb(), standby()))
    assert "1 standby ready" in said
    assert f"next {NEXT} stands by" in said


def test_that_nobody_stands_by_is_grave_only_near_the_roll_threshold() -> None:
    assert "NOBODY STANDS BY" in text_of(view(runway_minutes=5.0))
    assert "NOBODY STANDS BY" not in text_of(view(runway_minutes=60.0))


def test_a_raise_that_is_due_is_no_grave_matter() -> None:
    said = text_of(view(code="raise", reason="2 wanted: desired 1 to 2", runway_minutes=4.0))
    assert "the next one is asked for now" in said
    assert "launches one is wanted, and asked for now: 2 wanted: DesiredCapacity 1 to 2" in said


def test_a_rolled_one_that_something_else_keeps_says_so() -> None:
    ending = rolled(lifecycle="Terminating:Wait", not_released_for=["holds 5 rows", "not drained but rolled"])
    said = text_of(view(rdb(), ending))
    assert f"{OLD} ending 85.0 %, 3.4 GiB updates 1 to 20,000 not released: holds 5 rows" in said


def test_a_host_that_starts_is_named_with_its_deadline() -> None:
    room = {"has": True, "why": "pending, until 2026-11-23T10:09:40Z"}
    said = text_of(view(rdb(), rdb(NEXT, None, lifecycle="Pending", room=room, reported_at=None)))
    assert "the next one is starting" in said
    assert f"{NEXT} is starting, by 10:09 UTC at the latest" in said


def test_a_live_one_beyond_its_threshold_says_until_when_it_goes_on() -> None:
    said = text_of(view(rdb(memory_percent=88.0), runway_minutes=0.0))
    assert "rolls as soon as another stands by, at 92 % at the latest; NOBODY STANDS BY" in said
    said = text_of(view(rdb(memory_percent=88.0), runway_minutes=0.0, hard_minutes=4.2))
    assert "at 92 % at the latest, in 4 minutes as it fills now; NOBODY STANDS BY" in said
    assert "which is reached; without a standby it goes on to 92 % at the latest, in 4 minutes" in said


def test_a_live_one_that_nobody_follows_says_how_long_it_can_go_on_and_else_does_not() -> None:
    goes_on = (
        "reached in 3 minutes as it fills now; without a standby it goes on to 92 % at the latest, in 9 m"
    )
    assert goes_on in text_of(view(runway_minutes=3.0, hard_minutes=9.0))
    for shown in (view(rdb(), standby(), runway_minutes=3.0, hard_minutes=9.0), view(hard_minutes=150.0)):
        assert "without a standby" not in text_of(shown)
    never = view(rdb(memory_percent=88.0), runway_minutes=0.0)
    never["settings"]["hard_threshold"] = None
    assert "is live and rolls now; NOBODY STANDS BY" in text_of(never)


def test_room_that_is_a_launch_which_aws_owes_is_said_as_such() -> None:
    said = text_of(view(desired=2, with_room=2))
    assert "room 2 with room: 1 of 1 counted, 1 owed by AWS; DesiredCapacity 2" in said


def test_room_that_is_one_whose_q_does_not_answer_is_none_and_says_how_long_that_lasts() -> None:
    said = text_of(view(rdb(), unanswered(), runway_minutes=9.1))
    assert (
        f"NONE YET: what counts as room is {NEXT}, whose q does not answer; another is launched once" in said
    )
    assert "once it has not answered for 10 minutes" in said
    assert f"1. look at q on {NEXT}: `aws ssm start-session --target {NEXT}`" in said
    assert (
        "2. if q will not return, launch a host at once, without waiting for Highwater: `highwater raise"
        in said
    )


def test_one_whose_q_does_not_answer_beside_a_standby_is_no_lack_of_room() -> None:
    said = text_of(view(rdb(), unanswered(), standby(OLD)))
    assert "launches none is needed" in said
    assert "1 standby ready" in said
    assert "highwater raise" not in said


def test_that_the_only_next_one_does_not_answer_is_grave_however_long_the_live_one_lasts() -> None:
    assert "NOBODY STANDS BY" in text_of(view(rdb(), unanswered(), runway_minutes=600.0))


def test_one_that_has_left_the_group_comes_last_whatever_it_said() -> None:
    page = page_of(view(unanswered(lifecycle=None, room=None), rdb(), rolled()))
    assert [entry.instance_id for entry in page.rdbs] == [LIVE, OLD, NEXT]
    assert page.rdbs[-1].state == "gone"


def test_the_newest_raise_is_told_unless_launches_fail() -> None:
    decision = {"at": "2026-11-23T09:55:00Z", "code": "raise", "reason": "why so", "target": 2, "outcome": []}
    assert "the newest raise: 09:55 UTC, why so" in text_of(view(), [decision])
    assert "the newest raise" not in text_of(view(alerts=[alert("launch quota")]), [decision])
    refused = {**decision, "outcome": ["SetDesiredCapacity g 2 failed: denied"]}
    assert "the newest raise" not in text_of(view(), [refused])


def test_a_longer_lead_makes_a_longer_wait_for_a_q_that_does_not_answer() -> None:
    shown = view(rdb(), unanswered())
    shown["settings"]["lead_seconds"] = 600.0
    assert "once it has not answered for 15 minutes" in text_of(shown)


def test_without_a_live_one_the_alert_says_since_when_and_who_may_have_been_it() -> None:
    text = f"no RDB is live since 2026-11-23T09:58:20Z, though {OLD} was before; next: nobody"
    said = text_of(view(rolled(), alerts=[alert("no-live", text)], runway_minutes=None))
    assert "trades, 10:00 UTC: NO RDB IS LIVE since 09:58 UTC; 1 alert to see to." in said
    assert "(alert no-live since 09:42 UTC)" in said
    assert "1. launch a host at once, without waiting for Highwater: `highwater raise trades`" in said
    said = text_of(view(unanswered(), runway_minutes=None))
    assert "NO RDB SAYS THAT IT IS LIVE, and one does not answer" in said
    assert f"{NEXT} may have been the live one" in said


def test_at_night_without_rdbs_that_none_is_live_is_no_fault() -> None:
    calendar = {"in_session": False, "next_open": "2026-11-24T14:30:00Z", "overnight": "none"}
    said = text_of(view(standby(), calendar=calendar))
    assert "no RDB is live: the market is closed, and none is kept overnight" in said
    assert "market closed, next open 24 Nov 14:30 UTC" in said


def test_a_raise_that_aws_refuses_has_its_words_and_the_command_that_does_it_by_hand() -> None:
    failing = "raises fail since 2026-11-23T09:40:20Z, 30 so far: SetDesiredCapacity g 2 failed: denied"
    none_live = alert("no-live", "no RDB is live since 2026-11-23T09:58:20Z; next: nobody")
    said = text_of(view(rolled(), code="raise", alerts=[none_live, alert("raise", failing)]))
    assert "launches NONE COMES, though one is wanted: raises fail since 09:40 UTC, 30 so far" in said
    assert "--auto-scaling-group-name highwater-trades-rdb --desired-capacity 2`" in said
    assert "highwater raise" not in said


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        ("suspended", "resume-processes --auto-scaling-group-name highwater-trades-rdb"),
        ("quota", "L-1216C47A"),
        ("of a newer version", "To do 1."),
    ],
)
def test_a_launch_that_does_not_come_is_told_by_its_cause(code: str, todo: str) -> None:
    said = text_of(view(rdb(), desired=2, alerts=[alert(f"launch {code}", "AWS says no")]))
    assert "NONE COMES, though one is wanted: AWS says no (alert launch since 09:42 UTC)" in said
    assert "launches awaited from AWS: 1" in said
    assert "NOBODY STANDS BY" in said
    assert todo in said


@pytest.mark.parametrize("key", [f"stopped {LIVE}", f"dead {LIVE}", f"silent {LIVE}", "no-live"])
def test_one_that_said_that_it_is_live_is_not_shown_as_live_while_an_alert_says_otherwise(key: str) -> None:
    said = text_of(view(rdb(), alerts=[alert(key)]))
    assert "NO RDB IS LIVE" in said
    assert "is live and rolls" not in said


def test_a_launch_that_is_awaited_is_the_next_and_no_other_is_advised() -> None:
    said = text_of(view(rdb(), desired=2, with_room=1, runway_minutes=2.0, alerts=[alert("no-live")]))
    assert "the next one is awaited from AWS" in said
    assert "launches AWS owes 1, as DesiredCapacity is 2: 1 with room, 1 wanted, with what it owes" in said
    assert "highwater raise" not in said


def test_a_pause_after_hosts_that_never_got_ready_says_until_when_and_what_to_look_at() -> None:
    reason = f"{NEXT} never got ready: no other is launched until 2026-11-23T10:36:00Z"
    alerts = [
        alert(f"never-ready {NEXT}", f"{NEXT} was first seen at 2026-11-23T09:40:40Z and never seen ready"),
        alert("short", f"more room is wanted, since 2026-11-23T09:50:00Z: {reason}; remove the cause"),
    ]
    booting = rdb(NEXT, "booting", room={"has": False, "why": "booting past its deadline"})
    said = text_of(view(rdb(), booting, code="waiting", reason=reason, alerts=alerts))
    assert (
        f"NONE NOW, though one is wanted: {NEXT} never got ready: no other is launched until 10:36 UTC"
        in said
    )
    assert said.count("no other is launched until") == 1
    assert "was first seen at 09:40 UTC and never seen ready (alert never-ready since 09:42 UTC)" in said
    assert f"1. find out why {NEXT} never got ready" in said
    assert "2. then launch a host at once" in said


def test_max_size_names_the_command_that_raises_it() -> None:
    reason = "no room in 1 counted, 1 wanted, but MaxSize is 20"
    said = text_of(view(code="max-size", reason=reason, alerts=[alert("max-size", reason)]))
    assert "NONE, though one is wanted: none of the 1 counted has room, 1 wanted, but MaxSize is 20" in said
    assert "ARGS='--upgrade --max-size 30'" in said


def test_a_refused_request_for_capacity_stands_beside_the_launches() -> None:
    refusal = {"what": "capacity", "reasons": [f"{ANN} asked for 30: MaxSize is 20"]}
    decision = {"at": "2026-11-23T09:55:00Z", "code": "room", "reason": "", "refused": [refusal]}
    assert "refused at 09:55 UTC: ann (operator) asked for 30: MaxSize is 20" in text_of(view(), [decision])
    old = {**decision, "at": "2026-11-23T06:55:00Z"}
    assert "refused at" not in text_of(view(), [old])


def test_a_hold_is_shown_with_its_end_and_stops_no_launch() -> None:
    said = text_of(
        view(rdb(), rolled(not_released_for=["the cluster is on hold since x", "holds 5 rows"]), hold=HOLD)
    )
    assert "hold by ann (operator) since 09:10 UTC, until 18:00 UTC: audit" in said
    assert "the hold on the cluster stops releases, and no launch" in said
    assert "not released: the cluster is on hold; holds 5 rows" in said


def test_an_alert_that_is_about_no_rdb_that_is_there_is_shown_by_itself() -> None:
    said = text_of(
        view(alerts=[alert("silent", "3 RDBs are silent"), alert("dead i-0ddddddddddddddd4", "gone")])
    )
    assert "alert 3 RDBs are silent (alert silent" in said
    assert "alert gone (alert dead" in said


def test_an_alert_of_a_newer_version_is_shown_all_the_same() -> None:
    said = text_of(view(alerts=[alert("brand-new thing", "never heard of")]))
    assert "alert never heard of (alert brand-new since 09:42 UTC)" in said
    assert "1. see docs/safety.md, Alerts" in said


def test_a_crowd_of_rolled_ones_is_counted_and_the_live_one_comes_first() -> None:
    crowd = [rolled(f"i-0ccccccccccccc{number:03}") for number in range(59)]
    page = page_of(view(*crowd, rdb()))
    assert page.rdbs[0].instance_id == LIVE
    assert page.more.startswith(
        "and 52 RDBs more: 52 rolled (`highwater status trades` lists all). Those that"
    )


def test_every_line_fits_the_terminal_but_for_commands_that_are_copied() -> None:
    crowd = [rolled(f"i-0ccccccccccccc{number:03}") for number in range(9)]
    lines = lines_of(page_of(view(rdb(), unanswered(), *crowd, hold=HOLD)), 80)
    assert max(map(len, lines)) <= 80


def test_a_cluster_whose_tag_was_changed_has_the_command_that_sets_it_back() -> None:
    text = (
        "hosts of group highwater-trades-rdb report for trades, but the group is tagged "
        "highwater:cluster='trades2' now: nothing is decided for trades; set highwater:cluster=trades again"
    )
    line = {"cluster": "trades", "code": "unreadable", "reason": text, "alerts": [alert("renamed", text)]}
    known = {"at": "2026-11-23T08:30:10Z", "rooms": {LIVE: {"has": True, "why": "live at 3.8 %"}}}
    said = " ".join(" ".join(lines_of(undecided_page(line, [known]), 80)).split())
    assert said.startswith("trades: NOTHING IS DECIDED FOR IT: nobody raises it when its RDBs fill.")
    assert f"{LIVE}, as of 08:30 UTC" in said
    assert (
        "`aws autoscaling create-or-update-tags --tags ResourceId=highwater-trades-rdb,"
        "ResourceType=auto-scaling-group,Key=highwater:cluster,Value=trades,PropagateAtLaunch=true`" in said
    )


def test_a_floor_that_is_met_says_how_many_of_its_hosts_are_there() -> None:
    floor = f"{ANN} asked for 2 until 2026-11-24T00:00:00Z"
    said = text_of(view(rdb(), standby(), reason=floor))
    assert (
        "launches none is needed: 2 of the 2 that ann (operator) asked for until 24 Nov 00:00 UTC are there"
        in said
    )
    leaves = standby(OLD, drain={"by": ANN, "at": "2026-11-23T09:59:00Z"})
    assert "launches none is needed: ann (operator) asked for 3 until" in text_of(
        view(rdb(), standby(), leaves, reason=floor.replace("for 2", "for 3"))
    )
