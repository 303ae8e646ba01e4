"""What befalls many RDBs alike is told once, with its cause: the topic, the metrics, not each host."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.alerts.telling import with_told
from chalicelib.core.decide import decide
from chalicelib.core.facts.ledger import Fails, Standing
from chalicelib.core.facts.rdb import Rdb, Reading
from chalicelib.core.facts.voices import Contradiction
from tests.unit.builders import NOW, A, B, C, D, E, ago, cluster, live, planned, rdb, read, report, situation

FULL = report(State.LIVE, 86, 1, window=(0, 9))


def told(rdbs: dict[str, Rdb], *, metrics_unread: bool = False) -> dict[str, str]:
    ledger, group = cluster(rdbs)
    if metrics_unread:
        ledger = msgspec.structs.replace(ledger, unread={"GetMetricData": Fails(ago(20), 9, "refused")})
    return {alert.key: alert.text for alert in planned((ledger, group))[1].alerts}


def reported(minutes: float, measured: float = 1) -> Rdb:
    said = rdb(report(State.LIVE, 86, minutes, window=(0, 9)))
    return msgspec.structs.replace(said, metric=read(86, measured))


@pytest.mark.parametrize(
    ("late", "keys"),
    [
        ((15, 15, 15), ["one-voice report"]),
        ((15, 12.5, 10.1), ["one-voice report"]),
        ((15, 15, 10), [f"one-voice {A}", f"one-voice {B}"]),
        ((21, 15, 11), [f"one-voice {A}", f"one-voice {B}"]),
        ((14.9, 14.9, 14.9), []),
    ],
)
def test_a_dead_topic_is_one_alert_that_names_it_and_every_rdb(
    late: tuple[float, ...], keys: list[str]
) -> None:
    hosts = {i: reported(minutes) for i, minutes in zip((A, B, C), late, strict=True)}
    alerts = {key: text for key, text in told(hosts).items() if key.startswith("one-voice")}
    assert list(alerts) == keys
    if text := alerts.get("one-voice report"):
        what = "no report, though the other one comes"
        all_of_them, first = (
            f"3 RDBs at once, {what}: {A}, {B}, {C};",
            f"1 of several RDBs, {what}: {A}, and soon 2 more;",
        )
        assert text.startswith(all_of_them if min(late) >= 15 else first)
        assert "topic highwater-reports-trades" in text


def test_rdbs_that_lack_another_voice_have_another_cause() -> None:
    two = {A: reported(15), B: reported(15), C: reported(1, measured=20)}
    assert [key for key in told(two) if key.startswith("one-voice")] == [f"one-voice {i}" for i in (A, B, C)]
    six = {f"i-{n:017x}": reported(15) if n < 3 else reported(1, measured=20) for n in range(6)}
    alerts = {key: text for key, text in told(six).items() if key.startswith("one-voice")}
    assert list(alerts) == ["one-voice metric", "one-voice report"]
    assert all(text.startswith("3 RDBs at once") for text in alerts.values())


def test_metrics_that_no_host_can_send_are_one_alert() -> None:
    text = told({i: reported(1, measured=20) for i in (A, B, C)})["one-voice metric"]
    assert "no metric, though the other one comes" in text
    assert "highwater-reports" not in text


@pytest.mark.parametrize("unread", [False, True])
def test_many_that_fall_silent_together_are_one_alert(unread: bool) -> None:
    alerts = told({i: reported(20, measured=20) for i in (A, B, C)}, metrics_unread=unread)
    assert [key for key in alerts if key.startswith("silent")] == ["silent"]
    assert ("metrics cannot be read" in alerts["silent"]) is unread


def test_those_that_fall_silent_together_are_one_cause_and_another_of_them_is_another() -> None:
    causes = []
    for late in (1, 19):
        known = {i: reported(20, measured=20) for i in (A, B, C)} | {D: reported(late, measured=late)}
        causes += [a.cause for a in planned(cluster(known))[1].alerts if a.key == "silent"]
    assert len(set(causes)) == 2


def news(falls: dict[str, int | tuple[int, int]], minutes: int) -> list[tuple[int, str, str]]:
    """What is told where each RDB falls silent in its minute, or speaks for so many of so many minutes."""
    ledger, group = cluster({i: reported(0, measured=0) for i in (A, B, C, D, E)})
    found = []
    for minute in range(minutes):
        now = NOW + timedelta(minutes=minute)
        for instance_id in group.members:
            falls_at = falls.get(instance_id, minutes)
            speaks = minute % falls_at[1] < falls_at[0] if isinstance(falls_at, tuple) else minute < falls_at
            if speaks:
                ledger = ledger.with_rdb(instance_id, received_at=now, metric=Reading(86, now))
        decided = decide(msgspec.structs.replace(situation((ledger, group)), now=now))
        ledger, made = with_told(decided.ledger, decided.decision), decided.decision
        for what in ("told", "changed", "cleared"):
            found += [(minute, what, a.key) for a in getattr(made, what) if a.is_of("silent")]
    return found


def test_who_was_told_by_its_name_stays_named_when_another_falls_silent() -> None:
    expected = [(15, "told", f"silent {B}"), (15, "told", f"silent {C}"), (55, "told", f"silent {D}")]
    assert news({B: 1, C: 1, D: 41}, 120) == expected


def test_who_was_told_by_its_name_stays_named_when_three_others_fall_silent_together() -> None:
    found = news({B: 1, C: 61, D: 61, E: 61}, 100)
    assert found == [(15, "told", f"silent {B}"), (75, "told", "silent")]


def test_those_that_are_late_soon_are_told_together_only_with_one_that_is_late() -> None:
    hosts = {A: reported(30, 30), B: reported(11, 11), C: reported(11, 11), D: reported(11, 11)}
    assert [key for key in told(hosts) if key.startswith("silent")] == [f"silent {A}"]


def test_one_that_falls_silent_soon_with_many_is_told_of_what_else_it_has_until_then() -> None:
    said = Contradiction(ago(12), State.LIVE, State.STANDBY)
    contradicts = msgspec.structs.replace(reported(12, 12), contradiction=said)
    alerts = told({A: reported(15, 15), B: reported(15, 15), C: contradicts})
    assert list(alerts) == [f"contradiction {C}", "silent"]


@pytest.mark.parametrize(
    ("left", "key", "what"),
    [
        (reported(20, 20), "silent", "no report and no metric"),
        (reported(20), "one-voice report", "no report, though the other one comes"),
        (reported(1, 20), "one-voice metric", "no metric, though the other one comes"),
        (rdb(report(State.BOOTING, 3), seen=16), "never-ready", "not ready by their deadlines"),
    ],
    ids=["silent", "report", "metric", "never ready"],
)
def test_who_is_left_of_many_is_told_as_such(left: Rdb, key: str, what: str) -> None:
    ledger, group = cluster({A: left, B: left, C: live(30)})
    ledger = msgspec.structs.replace(ledger, alerts={key: Standing(ago(5), ago(5))})
    (alert,) = planned((ledger, group))[1].alerts
    assert alert.key == key
    assert alert.text.startswith(f"2 of several RDBs, {what}: {A}, {B}; the cause is one for all: look at")


def test_another_that_falls_silent_long_after_many_is_told_by_its_own_name() -> None:
    assert news({B: 1, C: 1, D: 1, E: 101}, 150) == [(15, "told", "silent"), (115, "told", f"silent {E}")]


@pytest.mark.parametrize(("minute", "key"), [(5, "silent"), (7, f"silent {E}"), (14, f"silent {E}")])
def test_who_falls_silent_over_five_minutes_after_the_first_is_named_though_the_others_are_not_told_yet(
    minute: int, key: str
) -> None:
    found = news({B: 1, C: 1, D: 1, E: minute}, 40)
    assert found[0] == (15, "told", "silent")
    assert [told for told in found if told[1] == "told"][-1] == (
        (15 if key == "silent" else minute + 14),
        "told",
        key,
    )


def test_hosts_of_a_later_raise_are_named_though_the_deadline_of_the_first_ones_is_long() -> None:
    hosts = {i: rdb(seen=61) for i in (A, B, C)} | {D: rdb(seen=60.5), E: rdb(seen=30)}
    ledger, group = cluster(hosts)
    ledger = msgspec.structs.replace(ledger, alerts={"never-ready": Standing(ago(51), ago(51))})
    alerts = [a for a in planned((ledger, group))[1].alerts if a.is_of("never-ready")]
    assert [alert.key for alert in alerts] == ["never-ready", f"never-ready {E}"]
    assert alerts[0].text.startswith(f"4 RDBs at once, not ready by their deadlines: {A}, {B}, {C}, {D};")


def test_one_that_is_not_late_by_its_own_limit_is_not_named_among_many_that_are() -> None:
    """D is quiet for some minutes, and speaks before it is late."""
    alerts = told({A: reported(15, 15), B: reported(15, 15), C: reported(1, 1), D: reported(12, 12)})
    assert alerts["silent"].startswith(
        f"2 of several RDBs, no report and no metric: {A}, {B}, and soon 1 more;"
    )


def test_of_many_that_fell_silent_those_that_are_left_stay_told_together() -> None:
    """D speaks once, after 40 minutes, and is told by its own name from then on."""
    assert news({B: 1, C: 1, D: (1, 40)}, 60) == [
        (15, "told", "silent"),
        (40, "changed", "silent"),
        (55, "told", f"silent {D}"),
    ]


def test_one_that_falls_silent_again_and_again_is_no_news_of_the_others() -> None:
    found = news({B: 1, C: 1, D: (20, 40)}, 480)
    assert [(minute, what) for minute, what, key in found if key != f"silent {D}"] == [(15, "told")] * 2


@pytest.mark.parametrize(
    ("seen", "keys"),
    [
        ((11, 10.5, 10.1), ["never-ready"]),
        ((10.1, 9.9, 9.2), ["never-ready"]),
        ((10.1, 10.1, 9), [f"never-ready {A}", f"never-ready {B}"]),
        ((9.9, 9.9, 9.9), []),
    ],
    ids=["past it", "one after the other", "of two raises", "not yet"],
)
def test_hosts_of_one_raise_that_do_not_get_ready_are_one_alert(
    seen: tuple[float, ...], keys: list[str]
) -> None:
    hosts = {i: rdb(report(State.BOOTING, 3), seen=at) for i, at in zip((A, B, C), seen, strict=True)}
    alerts = {key: text for key, text in told({D: live(30), **hosts}).items() if "never-ready" in key}
    assert list(alerts) == keys
    if text := alerts.get("never-ready"):
        all_of_them, first = (
            f"3 RDBs at once, {{}}: {A}, {B}, {C}",
            f"1 of several RDBs, {{}}: {A}, and soon 2 more",
        )
        assert text == (
            (all_of_them if min(seen) >= 10 else first).format("not ready by their deadlines")
            + "; the cause is one for all: look at "
            "the launch template, its user data, q and the reporter, then at the hosts"
        )


def test_restarts_that_do_not_get_ready_again_are_one_alert_by_when_they_restarted() -> None:
    booting = rdb(report(State.BOOTING, 3), seen=600)
    for apart, keys in ((0.4, ["never-ready"]), (20, [f"never-ready {i}" for i in (A, B, C)])):
        hosts = {
            i: msgspec.structs.replace(booting, ready_at=ago(300), restarted_at=ago(11 + apart * n))
            for n, i in enumerate((A, B, C))
        }
        assert [key for key in told({D: live(30), **hosts}) if "never-ready" in key] == keys


@pytest.mark.parametrize("third", [live(30), reported(15, measured=15)], ids=["well", "silent later"])
def test_two_that_fall_silent_are_told_each_by_its_name(third: Rdb) -> None:
    alerts = told({A: reported(20, measured=20), B: reported(20, measured=20), C: third})
    assert {f"silent {A}", f"silent {B}"} <= alerts.keys()
    assert "silent" not in alerts


def test_a_hundred_that_fall_silent_are_counted_and_the_text_is_whole() -> None:
    alerts = told({f"i-{n:017x}": reported(20, measured=20) for n in range(100)})
    assert alerts["silent"].startswith("100 RDBs at once")
    assert alerts["silent"].endswith(
        "and 70 more; the cause is one for all: look at the network, and "
        "whether on_report is subscribed to topic highwater-reports-trades, and its key and permission, then "
        "at the hosts"
    )


def test_those_that_rest_and_fall_silent_together_are_one_alert_when_the_first_is_late() -> None:
    ledger, group = cluster(
        {
            i: rdb(report(State.ROLLED, 86, 200), metric=read(86, late))
            for i, late in ((A, 20), (B, 18), (C, 16))
        }
    )
    ledger = msgspec.structs.replace(ledger, measured_at=NOW)
    alerts = {alert.key: alert.text for alert in planned((ledger, group))[1].alerts}
    silent = [text for key, text in alerts.items() if key.startswith("silent")]
    assert [text.partition(";")[0] for text in silent] == [
        f"1 of several RDBs, no report and no metric: {A}, and soon 2 more"
    ]
