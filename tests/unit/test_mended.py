"""What began while another ledger stood in goes on once the ledger is mended."""

from datetime import timedelta

import msgspec
import pytest

from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.learned import Learned
from chalicelib.core.facts.ledger import Floor, Gone, KnownGroup, Ledger, Trouble
from chalicelib.core.facts.rdb import DIED
from chalicelib.core.facts.stand_in import mended
from tests.unit.builders import (
    NOW,
    A,
    B,
    C,
    D,
    ago,
    cluster,
    live,
)

WHY = "the ledger of trades cannot be decoded"


@pytest.mark.parametrize(
    ("before", "meanwhile", "afresh"),
    [("lt:1", "lt:2", 20), ("lt:1", "lt:1", 50), ("", "lt:2", 50), ("lt:1", "", 50)],
    ids=["another", "the same", "none known before", "none known since"],
)
def test_a_template_that_changed_while_another_stood_in_is_no_news_at_the_mend(
    before: str, meanwhile: str, afresh: float
) -> None:
    """What the stand-in launched of it goes on counting."""
    old, group = cluster({A: live(70)})
    old = msgspec.structs.replace(old, template=before, tried_afresh=ago(50))
    stand_in = msgspec.structs.replace(
        old, group=KnownGroup("trades-rdb", ago(20)), template=meanwhile, tried_afresh=None, stands_in=WHY
    )
    group = msgspec.structs.replace(group, template=meanwhile or before)
    found, _ = with_group(mended(old, stand_in), group, NOW)
    assert found.tried_afresh == ago(afresh)


def test_the_wait_for_a_newer_reading_is_that_of_the_stand_in_once_the_ledger_is_mended() -> None:
    old = msgspec.structs.replace(cluster({A: live(70)})[0], overtaken_since=ago(300))
    for since in (None, ago(2)):
        stand_in = msgspec.structs.replace(old, overtaken_since=since, stands_in=WHY)
        assert mended(old, stand_in).overtaken_since == since


def test_a_mended_ledger_keeps_the_floor_and_what_both_learned() -> None:
    tall, taller = Floor(3, "ann", NOW + timedelta(hours=1)), Floor(4, "bob", NOW + timedelta(hours=2))
    old = Learned(host_bytes=4e9, day="2026-11-22", taken=7e9, before=5e9, leads=(60, 70))
    new = Learned(host_bytes=2e9, day="2026-11-23", taken=1e9, leads=(90,))
    found = mended(Ledger("trades", learned=old, floor=tall), Ledger("trades", learned=new, floor=taller))
    assert found.floor == taller
    assert found.learned == Learned(
        host_bytes=2e9, day="2026-11-23", taken=1e9, before=7e9, leads=(60, 70, 90)
    )
    untaught = mended(Ledger("trades", learned=old, floor=tall), Ledger("trades"))
    assert (untaught.floor, untaught.learned) == (tall, old)
    same_day = mended(
        Ledger("trades", learned=old), Ledger("trades", learned=Learned(day=old.day, taken=1e9))
    )
    assert same_day.learned.taken == 8e9


def test_waits_and_tries_of_the_stand_in_count_once_the_ledger_is_mended() -> None:
    gone = {i: Gone(ago(minutes), DIED, ago(minutes - 5)) for i, minutes in ((B, 60), (C, 25), (D, 18))}
    old, _ = cluster({A: live(70)})
    stand_in = msgspec.structs.replace(old, gone={C: gone[C], D: gone[D]}, tried_afresh=ago(50))
    old = msgspec.structs.replace(
        old,
        gone={B: gone[B]},
        tried_afresh=ago(70),
        useful_since=ago(80),
        no_live_since=ago(180),
        trouble=Trouble("overdue", "no activity says why", ago(180), ago(180)),
    )
    found = mended(old, stand_in)
    assert found.gone == gone
    assert (found.tried_afresh, found.useful_since) == (ago(50), ago(80))
    assert (found.no_live_since, found.trouble) == (None, None)


@pytest.mark.parametrize(("minutes", "counts"), [(20, False), (10, True)])
def test_a_host_that_the_stand_in_found_there_is_no_newer_for_that(minutes: float, counts: bool) -> None:
    old = msgspec.structs.replace(cluster({A: live(70)})[0], useful_since=ago(80))
    stand_in = msgspec.structs.replace(
        old, group=KnownGroup("trades-rdb", ago(20)), useful_since=ago(minutes), stands_in=WHY
    )
    assert mended(old, stand_in).useful_since == ago(10 if counts else 80)
