"""The page of a sizing: the picture of cost against risk, every choice, and nothing from anywhere else."""

import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from highwater.__main__ import main
from highwater.size.page import render
from highwater.size.picture import BOTTOM, HEIGHT, TOP, picture
from tests.highwater.size_scene import sized

SVG = "{*}"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Five times the paper's day: one choice without a live RDB for minutes, one that holds."""
    page = tmp_path_factory.mktemp("page") / "size.html"
    words = ("--updates-per-day", "1599740", "--lead", "300", "--max-size", "60", "--type", "t3a.medium")
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        main(["size", "--workers", "1", *words, "--rule", "demand,fixed", "--json", "--page", str(page)])
    found: dict[str, Any] = json.loads(out.getvalue())
    assert page.read_text() == render(found)
    assert f"The picture: {page}" in err.getvalue()
    return found


def dots(result: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """The place of each dot by its kind and what it says."""
    drawn = ElementTree.fromstring(  # noqa: S314 - our own
        picture(result["rows"], result["recommended"], result["next_cheaper"])
    )
    found = {}
    for group in drawn.findall(f"{SVG}g"):
        title, circle = group.find(f"{SVG}title"), group.find(f"{SVG}circle")
        assert title is not None
        assert circle is not None
        found[f"{group.get('class')} {title.text}"] = float(circle.get("cx", 0)), float(circle.get("cy", 0))
    return found


def test_to_the_right_is_dearer_and_below_the_line_nobody_is_live(result: dict[str, Any]) -> None:
    (best, at), (cheaper, risky) = sorted(dots(result).items())
    assert best.startswith("best t3a.medium, roll 85, lead 300 s, no calendar: ")
    assert "minutes without a live RDB" in cheaper
    assert cheaper.startswith("cheaper t3a.medium, fixed rule")
    drawn = picture(result["rows"], result["recommended"], result["next_cheaper"])
    (zero,) = re.findall(r'class="zero".* y1="([\d.]+)"', drawn)
    assert at[1] < float(zero) < risky[1] < HEIGHT - BOTTOM
    assert risky[0] < at[0]


def ticks(least: float, most: float) -> dict[float, float]:
    """Where the ticks of the cushions are, for choices from the least cushion to the most."""
    row = {"choice": "c", "name": "n", "usd_average": 1.0, "minutes_without_live": 0}
    rows = [{**row, "least_cushion": least}, {**row, "least_cushion": most, "usd_average": 2.0}]
    drawn = picture(rows, rows[0], None)
    found = re.findall(r'class="tick" x="56" y="([\d.]+)" text-anchor="end">([\d.]+)<', drawn)
    return {float(size): float(at) for at, size in found}


def test_of_names_that_would_be_upon_each_other_one_is_shown() -> None:
    row = {"choice": "c", "minutes_without_live": 0, "least_cushion": 5}
    names = [("a", 1.0), ("b", 1.02), ("c", 9.0)]
    rows = [{**row, "name": name * 20, "usd_average": usd} for name, usd in names]
    shown = re.findall(r'class="name"[^>]*>([^<]+)<', picture(rows, rows[1], None))
    assert shown == [f"recommended: {'b' * 20}", "c" * 20]


def test_cushions_of_some_minutes_can_be_read_and_no_tick_is_upon_another() -> None:
    assert list(ticks(1.7, 6)) == [0, 1, 5, 2]
    for most in (6, 60, 600, 6000):
        places = sorted(ticks(0, most).values())
        assert all(after - before >= 18 for before, after in pairwise(places))


def test_a_choice_in_which_no_rdb_rolls_is_at_the_top(capsys: pytest.CaptureFixture[str]) -> None:
    found = dots(sized(capsys, "--json", "--type", "r6a.xlarge", "--type", "t3a.medium").result)
    places = {words.split()[1]: at for words, at in found.items()}
    assert places["r6a.xlarge,"][1] < TOP < places["t3a.medium,"][1]


def test_the_page_has_every_choice_and_asks_nobody_for_anything(result: dict[str, Any]) -> None:
    page = render(result)
    for row in result["rows"]:
        assert f"<td>{row['name']}</td><td>{row['usd_average']:.2f}</td>" in page
    for said in (result["why"], result["risk"]):
        assert said.replace("'", "&#x27;") in page
    assert not re.search(r"\b(?:src|href)=|url\(|@import|<script", page)


def test_a_file_is_named_as_text(result: dict[str, Any]) -> None:
    named = {**result, "days": [{**result["days"][0], "day": "<b>.csv"}]}
    assert "<b>" not in render(named)
    assert "&lt;b&gt;.csv" in render(named)
