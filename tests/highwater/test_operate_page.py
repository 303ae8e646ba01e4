"""docs/operate.md is true: what it shows of each drill is what the command prints then."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import count
from unittest.mock import patch

import pytest

from tests.drills.conftest import HERE, OPTIONS
from tests.highwater.hand import hand_on
from tests.highwater.operate_page import Night, nights
from twin.day.options import MIDNIGHT
from twin.drill.day import DrillDay, opening_of
from twin.drill.play import Player
from twin.drill.script import read_script, seconds_of

IDS = "moto.ec2.models.instances.random_instance_id"


@contextmanager
def drill(night: Night) -> Iterator[DrillDay]:
    """The drill at that time of its day."""
    script = read_script(HERE / night.drill)
    options = replace(OPTIONS, until=seconds_of("20:00"))
    day = DrillDay(replace(options, opens=opening_of(script, options)), io.StringIO(), script)
    player = Player(day)
    # What else this process did before draws other ids, by which hosts report at other seconds.
    ids = (f"i-{sha256(bytes([number])).hexdigest()[:17]}" for number in count())
    with patch(IDS, ids.__next__), day.running():
        player.plan()
        day.clock.run_until(MIDNIGHT + timedelta(seconds=seconds_of(night.at)))
        yield day


@pytest.mark.parametrize("night", nights(), ids=lambda night: night.drill)
def test_what_the_page_shows_is_what_is_printed(
    night: Night, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with drill(night) as day, hand_on(day, monkeypatch, capsys) as hand:
        for shown in night.shown:
            ran = hand(*shown.words)
            assert (ran.status, ran.out) == (0, shown.printed), ran.err


def test_the_page_plays_the_three_nights_that_it_tells_of() -> None:
    assert [night.drill for night in nights()] == ["dead_q.jsonl", "boot_forever.jsonl", "renamed_tag.jsonl"]
    assert all(night.shown for night in nights())
