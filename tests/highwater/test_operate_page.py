"""docs/operate.md is true: what it shows of each drill is what the command prints then."""

import pytest

from tests.highwater.drilled import drilled
from tests.highwater.hand import hand_on
from tests.highwater.operate_page import Night, nights


@pytest.mark.parametrize("night", nights(), ids=lambda night: night.drill)
def test_what_the_page_shows_is_what_is_printed(
    night: Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with drilled(night.drill, night.at) as day, hand_on(day, monkeypatch, capsys) as hand:
        for shown in night.shown:
            ran = hand(*shown.words)
            assert (ran.status, ran.out) == (0, shown.printed), ran.err


def test_the_page_plays_the_three_nights_that_it_tells_of() -> None:
    assert [night.drill for night in nights()] == ["dead_q.jsonl", "boot_forever.jsonl", "renamed_tag.jsonl"]
    assert all(night.shown for night in nights())
