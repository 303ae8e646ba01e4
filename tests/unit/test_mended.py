"""What began while another ledger stood in goes on once the ledger is mended."""

import msgspec
import pytest

from chalicelib.core.facts.folding import with_group
from chalicelib.core.facts.ledger import KnownGroup
from chalicelib.core.facts.stand_in import mended
from tests.unit.builders import (
    NOW,
    A,
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
