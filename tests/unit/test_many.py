"""What befalls many RDBs alike is told once, with its cause: the topic, the metrics, not each host."""

import msgspec
import pytest

from chalicelib.contract.report import State
from chalicelib.core.facts.ledger import Fails
from chalicelib.core.facts.rdb import Rdb
from tests.unit.builders import A, B, C, D, ago, cluster, live, planned, rdb, read, report

ROLLED = report(State.ROLLED, 86, 1, window=(0, 9))


def told(rdbs: dict[str, Rdb], *, metrics_unread: bool = False) -> dict[str, str]:
    ledger, group = cluster(rdbs)
    if metrics_unread:
        ledger = msgspec.structs.replace(ledger, unread={"GetMetricData": Fails(ago(20), 9, "refused")})
    return {alert.key: alert.text for alert in planned((ledger, group))[1].alerts}


def reported(minutes: float, measured: float = 1) -> Rdb:
    said = rdb(report(State.ROLLED, 86, minutes, window=(0, 9)))
    return msgspec.structs.replace(said, metric=read(86, measured))


@pytest.mark.parametrize(
    ("late", "keys"),
    [
        ((15, 15, 15), ["one-voice report"]),
        ((15, 14.5, 14), ["one-voice report"]),
        ((15, 15, 13.9), [f"one-voice {A}", f"one-voice {B}"]),
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
        assert f"3 RDBs at once, no report, though the other one comes: {A}, {B}, {C}" in text
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


def test_another_that_falls_silent_beside_many_is_another_cause() -> None:
    causes = []
    for late in (1, 20):
        known = {i: reported(200, measured=200) for i in (A, B, C)} | {D: reported(late, measured=late)}
        causes += [a.cause for a in planned(cluster(known))[1].alerts if a.key == "silent"]
    assert len(set(causes)) == 2


def test_two_that_fall_silent_are_told_each_by_its_name() -> None:
    alerts = told({A: reported(20, measured=20), B: reported(20, measured=20), C: live(30)})
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
