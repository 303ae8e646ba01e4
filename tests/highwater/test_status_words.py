"""The releases in the page of `status`: short where all are of one."""

from typing import Any

import pytest

from highwater.operate.commands.status import status_lines
from tests.highwater.views import NEXT, OLD, rdb, rolled, standby, view


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (view(), "0.3.0"),
        (view(rdb(release=None, q_release=None), release=None), "unknown"),
        (view(rdb(q_release="0.2.0")), "functions 0.3.0; RDBs 1 of 0.3.0; q files 1 of 0.2.0"),
        (
            view(rdb(), standby(NEXT, release="0.4.0"), rolled(OLD), release="0.4.0"),
            "functions 0.4.0; RDBs 1 of 0.4.0, 2 of 0.3.0",
        ),
    ],
)
def test_the_releases_are_one_word_where_all_are_of_one(shown: dict[str, Any], said: str) -> None:
    assert f"release  {said}" in status_lines(shown, 80)


def test_an_older_api_names_no_release() -> None:
    shown = view()
    del shown["release"]
    for one in shown["rdbs"]:
        del one["release"], one["q_release"]
    assert "release  unknown" in status_lines(shown, 80)
