"""Two that speak as the tickerplant of one cluster are told: a host of the cluster may say so too."""

from datetime import datetime, timedelta

import msgspec
import pytest

from chalicelib.core.facts.tickerplant import KnownTickerplant, tickerplant_after
from tests.unit.builders import NOW, A, ago, cluster, decision, live, tickerplant

TP, OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"


def heard(*words: tuple[str, float]) -> KnownTickerplant | None:
    """What is known after reports of these instances, each so many minutes ago."""
    reports = []
    for instance_id, minutes in words:
        known = tickerplant(ago=minutes)
        reports.append((msgspec.structs.replace(known.report, instance_id=instance_id), known.received_at))
    return tickerplant_after(None, reports)[0]


def told(known: KnownTickerplant | None) -> list[str]:
    ledger, group = cluster({A: live()})
    alerts = decision((msgspec.structs.replace(ledger, tickerplant=known), group)).alerts
    return [alert.text for alert in alerts if alert.key == "tickerplants"]


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ([(TP, 9), (OTHER, 6), (TP, 4)], 1),
        ([(TP, 30), (OTHER, 22), (TP, 20)], 0),
        ([(TP, 9), (TP, 4), (OTHER, 3), (OTHER, 1)], 0),
        ([(TP, 60), (OTHER, 40), (OTHER, 20), (TP, 2)], 0),
        ([(TP, 9), (OTHER, 6), ("i-00000000000000009", 4)], 0),
    ],
    ids=["in turn", "in turn before", "it moved", "it moved and moved back", "it moved twice"],
)
def test_two_that_speak_in_turn_are_told_with_both(words: list[tuple[str, float]], times: int) -> None:
    texts = told(heard(*words))
    assert len(texts) == times
    for text in texts:
        assert f"the tickerplant ({TP} and {OTHER}), last at {ago(4):%FT%TZ}, so that nobody knows" in text


@pytest.mark.parametrize(("ahead", "behind", "doubted"), [(50, 0, NOW), (10, 0, None), (50, 40, None)])
def test_a_report_that_is_muted_by_one_of_another_clock_is_told(
    ahead: float, behind: float, doubted: datetime | None
) -> None:
    """One clock may be ahead for both: then the later report was only overtaken."""
    before, now = tickerplant(ago=0.1), tickerplant(ago=0)
    first = int((before.received_at + timedelta(seconds=ahead)).timestamp() * 1000)
    second = int((NOW + timedelta(seconds=behind)).timestamp() * 1000)
    known, _ = tickerplant_after(
        None, [(msgspec.structs.replace(before.report, sequence=first), before.received_at)]
    )
    known, ignored = tickerplant_after(known, [(msgspec.structs.replace(now.report, sequence=second), NOW)])
    assert known is not None
    assert (known.doubted_at, len(told(known))) == (doubted, doubted is not None)
    assert len(ignored) == (second <= first)
