"""What is listed and not decided is shown too: the account, and a cluster whose group is another's now."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from highwater.__main__ import main
from highwater.operate import connection
from tests.highwater.views import AT, alert

URL = "http://127.0.0.1:8000"
RENAMED = (
    "hosts of group highwater-trades-rdb report for trades, but the group is tagged "
    "highwater:cluster='trades2' now; set highwater:cluster=trades again"
)


def line(cluster: str, **changed: Any) -> dict[str, Any]:
    """One line of the list."""
    return {
        "cluster": cluster,
        "desired": None,
        "counted": 0,
        "with_room": 0,
        "code": "room",
        "reason": "1 with room, 1 wanted",
        "runway_minutes": None,
        "alerts": [],
        "hold": None,
        "calendar": None,
        **changed,
    }


ACCOUNT = line(
    "*", code="configuration", reason="group g belongs to no cluster", alerts=[alert("misnamed g")]
)
TRADES = line("trades", code="unreadable", reason=RENAMED, alerts=[alert("renamed", RENAMED)])
Lists = Callable[..., tuple[int, str, str]]


@pytest.fixture
def listing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lists:
    """Run a command on an API that lists these, and decides nothing for any of them."""

    def run(lines: list[dict[str, Any]], *words: str) -> tuple[int, str, str]:
        def send(_method: str, url: str, _headers: Mapping[str, str], _body: str | None) -> tuple[int, str]:
            if url == f"{URL}/clusters":
                return 200, json.dumps({"clusters": lines})
            if "/decisions" in url:
                told = {"id": "1", "at": AT, "code": "unreadable", "reason": RENAMED}
                return 200, json.dumps({"decisions": [told], "next": None})
            return 404, json.dumps({"error": f"cluster: {RENAMED}"})

        monkeypatch.setattr(connection, "unsigned", lambda _: send)
        status = main([*words, "--url", URL])
        shown = capsys.readouterr()
        return status, " ".join(shown.out.split()), shown.err

    return run


def test_the_account_is_listed_and_who_is_asked_about_is_a_cluster(listing: Lists) -> None:
    _, said, _ = listing([ACCOUNT, TRADES], "clusters")
    assert "* - 0 - 1 alert configuration: group g belongs to no cluster" in said
    assert said.endswith("highwater why trades says what goes on, and what to do")
    assert "highwater why" not in listing([ACCOUNT], "clusters")[1]


def test_why_and_alerts_and_decisions_show_a_cluster_whose_group_is_tagged_as_anothers(
    listing: Lists,
) -> None:
    status, said, _ = listing([TRADES], "why", "trades")
    assert (status, said.startswith("trades: NOTHING IS DECIDED FOR IT")) == (0, True)
    assert "Key=highwater:cluster,Value=trades" in said
    assert "Key=highwater:cluster,Value=trades" in listing([TRADES], "alerts", "trades")[1]
    assert "unreadable: hosts of group" in listing([TRADES], "decisions", "trades", "--since", "2d")[1]


def test_the_other_commands_refuse_it_and_say_which_one_says_more(listing: Lists) -> None:
    for words in (["status"], ["raise"], ["watch"]):
        status, said, err = listing([TRADES], *words, "trades")
        assert (status, said) == (2, "")
        assert err.endswith("set highwater:cluster=trades again. `highwater why trades` says more.\n")


def test_the_new_name_is_refused_with_the_tag_to_set_back(listing: Lists) -> None:
    status, _, err = listing([TRADES], "why", "trades2")
    assert status == 2
    assert "set highwater:cluster=trades again. Did you mean trades? There is trades." in err
