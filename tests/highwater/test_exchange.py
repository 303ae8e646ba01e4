"""The sessions of an exchange come from a library that only this command needs, pinned exactly."""

import sys
import tomllib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.requirements import Requirement

from chalicelib.core.facts.calendar import Calendar, Session
from highwater.checkout import ROOT
from highwater.operate.exchange import sessions_of_exchange
from highwater.terminal import Refused

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NAT = float("nan")  # as pandas' NaT it differs from itself


class InvalidCalendarName(ValueError):
    """As the library's own, which is a ValueError too."""


def at(day: int, hour: int, minute: int = 0) -> Any:
    time = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    return SimpleNamespace(to_pydatetime=lambda: time)


def row(opens: Any, closes: Any, break_start: Any = NAT, break_end: Any = NAT) -> Any:
    return SimpleNamespace(open=opens, break_start=break_start, break_end=break_end, close=closes)


# As version 4.13.2 answers for the days from 2026-11-25 on.
SCHEDULES = {
    "XNYS": [row(at(25, 14, 30), at(25, 21)), row(at(27, 14, 30), at(27, 18))],
    "XTKS": [row(at(25, 0), at(25, 6, 30), at(25, 2, 30), at(25, 3, 30))],
    "XSHG": [row(at(25, 1, 30), at(25, 7))],
}


def get_calendar(name: str, start: str, end: str | None = None) -> Any:
    if name not in SCHEDULES:
        raise InvalidCalendarName(f"The requested ExchangeCalendar, {name}, does not exist.")
    assert start == "2026-11-20"
    if name == "XSHG" and end is not None:
        raise ValueError(f"The XSHG holidays are only recorded to the year 2026, not to {end}.")
    assert end == (None if name == "XSHG" else "2028-01-01")
    return SimpleNamespace(schedule=SimpleNamespace(itertuples=lambda **_: iter(SCHEDULES[name])))


@pytest.fixture
def _library(monkeypatch: pytest.MonkeyPatch) -> None:
    library = SimpleNamespace(
        get_calendar=get_calendar,
        get_calendar_names=lambda **_: ["XLON", "XNAS", "XNYS", "XSHG", "XTKS"],
        errors=SimpleNamespace(InvalidCalendarName=InvalidCalendarName),
    )
    monkeypatch.setitem(sys.modules, "exchange_calendars", library)


@pytest.mark.usefixtures("_library")
def test_half_days_holidays_and_breaks_at_noon_are_as_the_library_says() -> None:
    def time(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=UTC)

    new_york = (Session(time(25, 14, 30), time(25, 21)), Session(time(27, 14, 30), time(27, 18)))
    tokyo = (Session(time(25, 0), time(25, 2, 30)), Session(time(25, 3, 30), time(25, 6, 30)))
    assert sessions_of_exchange("XNYS", NOW) == new_york
    assert sessions_of_exchange("XTKS", NOW) == tokyo
    assert tuple(Calendar.of(tokyo).sessions) == tokyo


@pytest.mark.usefixtures("_library")
def test_an_exchange_whose_holidays_are_known_for_less_than_400_days_has_fewer() -> None:
    assert len(sessions_of_exchange("XSHG", NOW)) == 1


@pytest.mark.usefixtures("_library")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("XNYZ", "No exchange is called XNYZ; the nearest are XNYS, XNAS, "),
        ("qqq", "No exchange is called qqq: they have names such as XNYS."),
    ],
)
def test_an_unknown_exchange_is_refused_with_the_nearest_names(name: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        sessions_of_exchange(name, NOW)
    assert str(refused.value).startswith(said)


def test_without_the_library_the_way_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(Refused, match=r"pip install -e '.\[calendar\]'"):
        sessions_of_exchange("XNYS", NOW)


def test_the_library_is_an_extra_of_one_exact_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [Requirement(line).name for line in project["optional-dependencies"]["calendar"]] == [
        "exchange_calendars"
    ]
    (line,) = project["optional-dependencies"]["calendar"]
    assert "==" in line
    assert "exchange" not in (ROOT / "requirements" / "functions.in").read_text()
