"""docs/trying.md shows commands that can be given as they stand, and each is given here."""

import re
import shlex
from datetime import timedelta

import pytest

from highwater.checkout import ROOT
from tests.highwater.hand import hand_on
from tests.system.conftest import running_day

PAGE = (ROOT / "docs" / "trying.md").read_text()
# What a person does beside typing: looks for some minutes, and says yes.
UNATTENDED = {"watch": ("--times", "4", "--every", "60"), "lower": ("--yes",)}
OPERATED = re.findall(r"^\.venv/bin/highwater ([^#\n]+)", PAGE, re.M)


def test_a_cluster_is_operated_as_the_page_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(OPERATED) == 11
    with running_day() as day, hand_on(day, monkeypatch, capsys) as hand:
        for line in OPERATED:
            name, *words = shlex.split(line)
            ran = hand(name, *words, *UNATTENDED.get(name, ()))
            assert (ran.status, bool(ran.out)) == (0, True), (line, ran.err)
        day.clock.run_until(day.clock.now() + timedelta(minutes=3))
        assert day.desired() == 1


def test_the_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"pytest -v (\S+)", PAGE)
    assert len(named) == 3
    assert [path for path in named if not (ROOT / path).is_file()] == []
