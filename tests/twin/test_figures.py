"""The figures go on where they were cut off, and each real day is asked for as its row says."""

import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from highwater.market.feed import Feed, paper
from highwater.market.sessions import Session
from highwater.whatif.estimate import question_of
from twin.arguments import options_of
from twin.commands import parser
from twin.day.figures import Kept, ends_of, whole_of
from twin.day.real_days import hours_of, real_days, table


def test_what_was_measured_before_a_run_was_cut_off_is_not_measured_again(tmp_path: Path) -> None:
    path, measured = tmp_path / "figures.part", list[str]()

    def work(row: str) -> dict[str, Any]:
        measured.append(row)
        if row == "breaks off":
            raise KeyboardInterrupt
        return {"row": row}

    with ThreadPoolExecutor(1) as pool, pytest.raises(KeyboardInterrupt):
        Kept(path).of(pool, work, {"a": "a", "b": "breaks off"}, lambda _share: None)
    shares = list[float]()
    with ThreadPoolExecutor(1) as pool:
        found = Kept(path).of(pool, work, {"a": "a", "c": "c"}, shares.append)
    assert (found, measured, shares) == (
        {"a": {"row": "a"}, "c": {"row": "c"}},
        ["a", "breaks off", "c"],
        [1],
    )


def test_results_of_other_code_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "figures.part"
    path.write_text('["another", "a", {"row": "old"}]\n')
    with ThreadPoolExecutor(1) as pool:
        found = Kept(path).of(pool, lambda row: {"row": row}, {"a": "new"}, lambda _share: None)
    assert found == {"a": {"row": "new"}}


def test_the_session_of_a_feed_is_that_of_its_updates() -> None:
    assert hours_of(paper()) == (Session(7 * 3600, 16 * 3600),)
    assert hours_of(Feed({571: 1.0, 959: 2.0})) == (Session(9 * 3600 + 1800, 16 * 3600),)
    assert hours_of(Feed(dict.fromkeys(range(1440), 1.0))) == ()


def test_each_row_of_the_real_days_is_what_its_words_ask_for(tmp_path: Path) -> None:
    path = tmp_path / "all-day.csv"
    minutes = [f"{minute // 60:02}:{minute % 60:02},{1 + minute % 7}" for minute in range(1440)]
    path.write_text("\n".join(["minute,updates", *minutes]) + "\n")
    feeds = {"paper": paper(), str(path): Feed({minute: 1 + minute % 7 for minute in range(1440)})}
    days = real_days(feeds)
    assert len(days) == 2 * 9 * len(feeds)
    for words, options in days:
        asked = question_of(options_of(parser().parse_args(["whatif", *shlex.split(words)])))
        meant = question_of(options)
        assert (asked.feed.minutes, asked.tags, asked.ends) == (meant.feed.minutes, meant.tags, meant.ends)
        assert (asked.lead, asked.max_size, asked.calendar) == (meant.lead, meant.max_size, meant.calendar)
        assert (asked.cluster, asked.learned) == (meant.cluster, meant.learned)


def test_some_real_days_run_through_the_whole_control_plane_beside_the_simulator() -> None:
    real = {words: (words, options) for words, options in real_days({"paper": paper()})}
    estimates = {words: {"hosts": 6, "cost_usd": 1.8} for words in real}
    (row,) = whole_of(real, estimates)
    assert row[:2] == (
        "--updates-per-day 319948 --lead 300 --max-size 40 --session 07:00-16:00 --grace 60",
        "6 hosts, 1.8 USD",
    )


def test_a_day_with_a_session_keeps_one_host_overnight_or_none() -> None:
    words = "--updates-per-day 319948 --lead 60 --max-size 40 --session 07:00-16:00 --grace 60 --overnight"
    whole = Feed(dict.fromkeys(range(1440), 1.0))
    assert [row[0] for row in ends_of({"paper": paper(), "whole.csv": whole})] == [
        f"{words} one",
        f"{words} none",
    ]


def test_the_table_has_a_day_by_demand_beside_the_fixed_rule_and_who_knows_it() -> None:
    figures = {"hosts": 6, "minutes_without_live": 0.0, "minutes_in_overdraft": 0.5, "foresight_hours": 46.7}
    demand = {**figures, "instance_hours": 47.4}
    shown = table([("--lead 60", demand), ("--lead 60 --rule fixed", {**demand, "instance_hours": 49.1})])
    assert "| `--lead 60` | 6 | 47.4 | 0.0 | 0.5 | 49.1 | 0.0 | 46.7 |" in shown.splitlines()
