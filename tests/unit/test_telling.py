"""The life of alerts: told once when one starts, once when it is over, once when its cause changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.alerts.telling import KEPT, TOLD_AT_ONCE, with_failure, with_life, with_told
from chalicelib.core.decision import Decision
from chalicelib.core.facts.alert import Alert
from chalicelib.core.facts.ledger import Standing
from tests.unit.builders import EMPTY, NOW, A, B, cluster, live, planned

FULL = Alert.of("max-size", "MaxSize is reached")
LATE = Alert.of("launch", "a launch is late", "quota")


class Operators:
    """One cluster's decisions, minute by minute, and what its operators were told."""

    def __init__(self) -> None:
        self.ledger = EMPTY
        self.told: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def minute(self, number: float, *alerts: Alert, takes: bool = True, judged: bool = True) -> Decision:
        """Decide on the alerts that stand in that minute; the topic takes what is told, or refuses it."""
        decision, self.ledger = with_life(at(number), self.ledger, alerts, judged=judged)
        if takes and decision.has_news:
            self.ledger = with_told(self.ledger, decision)
            self.told += list(_news(decision))
            self.texts += [alert.text for alert in (*decision.told, *decision.changed, *decision.cleared)]
        return decision


def at(minute: float) -> Decision:
    return Decision("trades", NOW + timedelta(minutes=minute), "room", "")


def _news(decision: Decision) -> Iterator[tuple[str, str]]:
    for what in ("told", "changed", "cleared"):
        yield from ((what, alert.key) for alert in getattr(decision, what))


def test_an_alert_is_told_once_while_it_stands_and_once_when_it_is_over() -> None:
    operators = Operators()
    for minute in range(20):
        operators.minute(minute, *([FULL] if minute < 8 else []))
    assert operators.told == [("told", "max-size"), ("cleared", "max-size")]
    assert operators.texts == [
        "MaxSize is reached",
        "more hosts were needed than MaxSize allows; the alert stood from 2026-11-23T12:00:00Z until "
        "2026-11-23T12:08:00Z",
    ]
    assert operators.ledger.alerts == {}


def test_an_alert_says_since_when_it_stands() -> None:
    operators = Operators()
    for minute in (0.5, 3):
        (alert,) = operators.minute(minute, FULL).alerts
        assert alert.since == datetime(2026, 11, 23, 12, 0, 30, tzinfo=NOW.tzinfo)


def test_the_decision_of_a_cluster_tells_what_starts_and_its_ledger_keeps_it() -> None:
    ledger, group = cluster({A: live(70)}, max_size=1)
    kept, first = planned((ledger, group))
    assert ([alert.key for alert in first.told], kept.alerts) == (["max-size"], {"max-size": Standing(NOW)})
    _, again = planned((with_told(kept, first), group))
    assert ([alert.key for alert in again.alerts], again.has_news) == (["max-size"], False)
    calm, _ = planned((with_told(kept, first), msgspec.structs.replace(group, max_size=5)))
    assert calm.alerts["max-size"].ended == NOW


@pytest.mark.parametrize(("away", "told"), [(4, 1), (5, 3)])
def test_an_alert_that_comes_back_within_five_minutes_never_ended(away: int, told: int) -> None:
    operators = Operators()
    for minute in range(30):
        operators.minute(minute, *([FULL] if minute < 3 or 3 + away < minute else []))
    assert len(operators.told) == told


@given(st.lists(st.booleans(), min_size=120, max_size=120))
def test_an_alert_that_flaps_is_told_twelve_times_an_hour_at_most(stands: list[bool]) -> None:
    operators = Operators()
    for minute, here in enumerate(stands):
        operators.minute(minute / 2, *([FULL] if here else []))
    assert operators.told.count(("told", "max-size")) <= 12


def test_a_change_of_cause_is_told_once() -> None:
    operators = Operators()
    for minute in range(30):
        cause = "paused" if minute < 12 else "waiting"
        operators.minute(minute, msgspec.structs.replace(FULL, cause=cause))
    assert operators.told == [("told", "max-size"), ("changed", "max-size")]


def test_a_cause_that_changes_each_minute_is_told_every_ten_minutes_at_most() -> None:
    operators = Operators()
    for minute in range(60):
        operators.minute(minute, msgspec.structs.replace(FULL, cause=f"{minute}"))
    assert operators.told == [("told", "max-size"), *[("changed", "max-size")] * 5]


def test_what_the_topic_refuses_is_told_as_soon_as_it_takes_it() -> None:
    operators = Operators()
    for minute in range(40):
        takes = not (minute < 4 or 10 <= minute < 30)
        operators.minute(minute, *([FULL] if minute < 12 else []), takes=takes)
        if minute == 4:
            assert operators.told == [("told", "max-size")]
    assert operators.told == [("told", "max-size"), ("cleared", "max-size")]


def test_an_alert_that_was_over_before_it_could_be_told_is_told_all_the_same() -> None:
    operators = Operators()
    for minute in range(40):
        operators.minute(minute, *([LATE] if 3 <= minute < 8 else []), takes=minute > 20)
    assert operators.told == [("told", "launch quota"), ("cleared", "launch quota")]
    assert operators.texts[0] == (
        "launches did not come (quota); the alert stood from 2026-11-23T12:03:00Z until 2026-11-23T12:08:00Z"
        ", and could not be told then"
    )


def test_where_nothing_could_be_judged_no_other_alert_ends() -> None:
    operators = Operators()
    operators.minute(0, FULL)
    for minute in range(1, 30):
        operators.minute(minute, LATE, judged=False)
    assert operators.told == [("told", "max-size"), ("told", "launch quota")]


def test_a_call_that_failed_is_told_though_the_same_alert_stands() -> None:
    failed = Alert.of("max-size", "and now this")
    for known, news in (
        (EMPTY, "told"),
        (with_told(EMPTY, msgspec.structs.replace(at(0), told=(FULL,))), "changed"),
    ):
        decision, ledger = with_failure(at(1), known, failed)
        assert list(_news(decision)) == [(news, "max-size")]
        assert list(ledger.alerts) == ["max-size"]


def test_an_alert_whose_call_fails_again_is_not_told_as_over_at_once() -> None:
    kept = {"max-size": Standing(NOW, told=NOW, ended=NOW)}
    decision, ledger = with_life(at(6), msgspec.structs.replace(EMPTY, alerts=kept), ())
    assert list(_news(decision)) == [("cleared", "max-size")]
    decision, ledger = with_failure(decision, ledger, FULL)
    assert list(_news(decision)) == [("changed", "max-size")]
    known = with_told(ledger, decision).alerts["max-size"]
    assert (known.told, known.ended) == (at(6).at, None)


def test_a_call_that_fails_is_told_once_though_its_alert_was_to_be_told_again() -> None:
    kept = {"max-size": Standing(NOW, told=NOW)}
    changed = msgspec.structs.replace(FULL, cause="other")
    decision, ledger = with_life(at(11), msgspec.structs.replace(EMPTY, alerts=kept), [changed])
    decision, _ = with_failure(decision, ledger, FULL)
    assert decision.changed == (FULL,)


def test_all_alerts_that_stand_are_kept_however_many_there_are() -> None:
    operators = Operators()
    operators.minute(0, FULL, takes=False)
    alerts = [Alert.of("silent", "x", f"i-{number:017x}") for number in range(KEPT + 20)]
    sent = [len(operators.minute(minute, *alerts).told) for minute in range(1, 8)]
    assert sum(sent) == len(alerts)
    assert operators.ledger.alerts.keys() == {alert.key for alert in alerts}


def test_four_hundred_alerts_go_out_in_messages_of_a_hundred_and_take_forty_kilobytes() -> None:
    operators = Operators()
    alerts = [Alert.of("never-ready", "x", f"i-{number:017x}") for number in range(400)]
    sent = [len(operators.minute(minute, *alerts).told) for minute in range(6)]
    assert sent == [TOLD_AT_ONCE] * 4 + [0, 0]
    assert len(msgspec.json.encode(operators.ledger.alerts)) < 40_000


def test_the_ledger_stays_bounded_while_the_topic_takes_nothing() -> None:
    operators = Operators()
    keys = [f"i-{number:017x}" for number in range(KEPT + 100)]
    for minute, some in enumerate(batched(keys, 50)):
        operators.minute(minute, FULL, *(Alert.of("never-ready", "x", key) for key in some), takes=False)
    assert len(operators.ledger.alerts) == KEPT
    assert {"max-size", *(f"never-ready {key}" for key in keys[-50:])} <= operators.ledger.alerts.keys()


minutes = st.tuples(
    st.sets(st.sampled_from(["max-size", "raise", f"unknown {A}", f"silent {B}"])),
    st.sampled_from(["", "one", "two"]),
    st.booleans(),
    st.sampled_from([True, True, False]),
    st.sampled_from([0.2, 1.0, 4.0, 7.0]),
)


@given(st.lists(minutes, max_size=60))
def test_told_and_cleared_alternate_for_each_alert_whatever_happens(
    happened: list[tuple[set[str], str, bool, bool, float]],
) -> None:
    operators, now = Operators(), 0.0
    for keys, cause, takes, judged, minutes_on in happened:
        now += minutes_on
        operators.minute(now, *(Alert(key, key, cause) for key in sorted(keys)), takes=takes, judged=judged)
    for key in {key for _, key in operators.told}:
        ends = [what for what, of in operators.told if of == key and what != "changed"]
        assert ends == [("told", "cleared")[number % 2] for number in range(len(ends))]
    after = Operators()
    after.ledger, after.told = operators.ledger, operators.told
    after.minute(now + 1)
    after.minute(now + 7)
    assert {key for what, key in after.told if what == "told"} == {key for _, key in after.told}
    assert after.ledger.alerts == {}
