"""q files of two releases make one cluster: a tickerplant and gateways keep theirs for weeks."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.rdb.q.network import Network
from tests.rdb.q.rules import Broken
from tests.rdb.q.walk import Walk
from tests.rdb.q.written_walk import WrittenWalk
from tests.rdb.q_source import Q
from tests.rdb.test_q_gateway import die, gateway_scene, seen
from tests.releases.history import newest_tree

SEED, STEPS = 7, 60
IDS = ["tickerplant", "RDBs"]
OF_A_TICKERPLANT, OF_AN_RDB = ("tickerplant.q", "logstream.q"), ("highwater.q", "writedown.q")


def texts(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Some q files of a release."""
    return {name: (folder / name).read_text() for name in names}


@pytest.mark.parametrize("theirs", [OF_A_TICKERPLANT, OF_AN_RDB], ids=IDS)
def test_beside_q_files_of_the_newest_release_no_row_is_lost_and_all_but_the_live_one_leave(
    theirs: Iterable[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Network, "broken", texts(newest_tree(tmp_path) / "rdb" / "q", theirs))
    Walk(SEED).go(STEPS)
    WrittenWalk(SEED, intraday=True).go(STEPS)


@pytest.mark.parametrize("theirs", [OF_A_TICKERPLANT, OF_AN_RDB, ("gateway.q",)], ids=[*IDS, "gateway"])
def test_a_gateway_has_whole_answers_whichever_is_of_the_newest_release(
    theirs: Iterable[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Network, "broken", texts(newest_tree(tmp_path) / "rdb" / "q", theirs))
    cluster, (first, _), gateway = gateway_scene()
    assert seen(gateway, "0N 0W") == "7"
    die(cluster, first)
    assert seen(gateway, "0 0W") == "gap: updates 1 to 3: i-0 is not connected"


@pytest.mark.parametrize("call", [".tp.join", ".tp.leave"])
def test_a_call_of_another_name_breaks_a_walk(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = texts(Q, OF_A_TICKERPLANT)
    assert call in newer["tickerplant.q"]
    newer["tickerplant.q"] = newer["tickerplant.q"].replace(call, f"{call}Again")
    monkeypatch.setattr(Network, "broken", newer)
    with pytest.raises(Broken):
        Walk(SEED).go(STEPS)
