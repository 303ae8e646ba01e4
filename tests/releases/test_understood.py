"""Two neighbouring releases understand what passes between them (docs/upgrading.md, rules 1 to 3)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.releases import spoken
from tests.releases.history import newest_tree
from tests.releases.understood import not_understood

# What is new or gone since the newest release, each with the reason why neither release minds. A word is one
# that this release takes and does not say yet.
KNOWN: frozenset[str] = frozenset()


def of_tree(tree: Path) -> dict[str, Any]:
    """The schemas of a release."""
    command = [sys.executable, spoken.__file__]
    done = subprocess.run(  # noqa: S603 - our own command line
        command, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=True
    )
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_this_release_and_the_newest_one_understand_each_other(tmp_path: Path) -> None:
    assert not_understood(of_tree(newest_tree(tmp_path)), spoken.schemas()) == KNOWN


def test_a_release_understands_itself_and_one_that_adds_a_field() -> None:
    ours, newer = spoken.schemas(), spoken.schemas()
    newer["Ledger"]["properties"]["paused"] = {
        "anyOf": [{"$ref": "Pause"}, {"type": "null"}],
        "default": None,
    }
    newer["Pause"] = {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}
    newer["Decision"]["properties"]["code"]["enum"].append("paused")
    assert not_understood(ours, ours) == not_understood(ours, newer) == set()


@pytest.mark.parametrize(
    ("owner", "field", "changed", "said"),
    [
        ("Trouble", "code", {"enum": ["overdue", "lent"]}, 'new: Trouble.code may be "lent"'),
        ("Report", "rows", {"type": "integer"}, 'gone: Report.rows may be {"type": "null"}'),
        ("Standing", "cause", {"default": "none"}, 'new: Standing.cause is "none" if left out'),
        ("WakeUp", "command", {"anyOf": [{"$ref": "Paint"}]}, "new: WakeUp.command may be Paint"),
        ("names", "METRIC_NAME", {"enum": ["Memory"]}, 'gone: names.METRIC_NAME may be "MemoryUtilization"'),
        ("proof", "Version", {"enum": ["2026-01-01"]}, 'new: proof.Version may be "2026-01-01"'),
        ("Ledger", "gone", None, "gone: Ledger.gone may be by key Gone"),
    ],
)
def test_what_a_neighbour_does_not_understand_is_named(
    owner: str, field: str, changed: dict[str, Any] | None, said: str
) -> None:
    newer = spoken.schemas()
    if changed is None:
        del newer[owner]["properties"][field]
    else:
        newer[owner]["properties"][field] = {**changed}
    assert said in not_understood(spoken.schemas(), newer)


def test_a_part_more_of_a_tuple_and_a_field_more_that_is_required_are_named() -> None:
    newer = spoken.schemas()
    newer["Asking"] |= {"maxItems": 4}
    newer["Asking"]["prefixItems"].append({"type": "string"})
    newer["Hold"]["properties"]["team"] = {"type": "string"}
    newer["Hold"]["required"].append("team")
    assert not_understood(spoken.schemas(), newer) == {
        "gone: Asking has 3 to 3 parts",
        "new: Asking has 3 to 4 parts",
        "new: Hold.team is required",
    }
