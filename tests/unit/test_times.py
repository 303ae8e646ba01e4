"""The times in requests."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.contract.errors import BadInput
from chalicelib.triggers.times import checked_until
from tests.unit.builders import NOW, ago

END = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("until", "rule"),
    [
        (NOW, "is not after now"),
        (ago(1), "is not after now"),
        (NOW + timedelta(days=30, seconds=1), "more than 30 days from now"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "out of range"),
    ],
)
def test_an_end_that_is_over_or_too_far_is_refused(until: datetime, rule: str) -> None:
    with pytest.raises(BadInput, match=rule) as refused:
        checked_until(until, NOW)
    assert refused.value.field == "until"


def test_an_end_is_kept_in_utc() -> None:
    until = checked_until(END.astimezone(timezone(timedelta(hours=-5))), NOW)
    assert until is not None
    assert (until, until.tzinfo) == (END, UTC)
    assert checked_until(None, NOW) is None
