"""Records of another release: what people ask for after an upgrade, or after going back."""

from typing import Any

import msgspec
import pytest

from chalicelib.adapters.clients import Unreadable
from chalicelib.adapters.items import CommandRequest
from chalicelib.adapters.recorded import decision_of, record_of
from chalicelib.core.decision import Decision
from chalicelib.core.facts.refusal import Refusal
from chalicelib.core.release.releases import Release
from chalicelib.core.results import CommandResult
from chalicelib.triggers.decision_query import DecisionQuery
from tests.unit.builders import NOW, A, B

DECIDED = Decision(
    "trades",
    NOW,
    "room",
    "1 RDB has room",
    release=(Release(A, "terminate"),),
    refused=(Refusal("hold", ("it is on hold",), "c1", B),),
    triggers=("sweep",),
)
OURS = msgspec.to_builtins(DECIDED)


@pytest.mark.parametrize(
    "words",
    [
        {"code": "paused"},
        {"release": ({"instance_id": A, "step": "archive"},)},
        {"refused": ({**OURS["refused"][0], "what": "audit"},)},
        {"triggers": ("sweep", "painter")},
    ],
)
def test_a_decision_with_words_of_another_release_is_shown_with_them(words: dict[str, Any]) -> None:
    text = msgspec.json.encode({**OURS, **words}).decode()
    page = DecisionQuery(limit=2).page([("1", decision_of("1", text)), ("2", DECIDED)])
    one, two = page["decisions"]
    assert one == {"id": "1", **OURS, **words}
    assert two == {"id": "2", **OURS}


def test_our_own_decision_is_read_as_it_was_written() -> None:
    assert decision_of("1", msgspec.json.encode(DECIDED).decode()) == DECIDED


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cluster": "trades"}'])
def test_a_decision_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(Unreadable, match=r"^decision 1 cannot be decoded: .*; run the release that"):
        decision_of("1", text)


@pytest.mark.parametrize("kind", [CommandRequest, CommandResult])
def test_a_command_that_this_release_does_not_know_is_named(kind: type[msgspec.Struct]) -> None:
    text = '{"command": {"type": "paint", "command_id": "c1"}, "digest": "", "state": "carried-out"}'
    with pytest.raises(Unreadable, match=r"^command c1 cannot be decoded: Invalid value 'paint'"):
        record_of("command c1", text, kind)
