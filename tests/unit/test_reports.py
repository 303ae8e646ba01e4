"""A report is validated at the edge: what is refused is refused by its field's name."""

import json
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import Report, State, decode, parse_report
from chalicelib.contract.words import PATTERNS, field_and_rule, in_plain_words
from chalicelib.core.facts.wake_ups import WakeUp
from tests.unit.arbitrary import reports
from tests.unit.builders import NOW, A, wire


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"version": 2}, "version", "must be 1, and is 2"),
        ({"version": "1"}, "version", "and is text"),
        ({"cluster": ""}, "cluster", "must be the name of a cluster: a letter or digit, then"),
        ({"cluster": "a b"}, "cluster", "must be the name of a cluster: a letter or digit, then"),
        ({"cluster": "-trades"}, "cluster", "must be the name of a cluster: a letter or digit, then"),
        ({"cluster": "t" * 65}, "cluster", "must be the name of a cluster: a letter or digit, then"),
        ({"cluster": None}, "cluster", "must be text"),
        ({"instance_id": "i-123"}, "instance_id", "must be the id of an instance: i- and 8 to 17 of"),
        ({"instance_id": A.upper()}, "instance_id", "must be the id of an instance: i- and 8 to 17 of"),
        ({"instance_id": f"x{A}"}, "instance_id", "must be the id of an instance: i- and 8 to 17 of"),
        ({"sequence": -1}, "sequence", "must be at least 0"),
        ({"sequence": 1.5}, "sequence", "must be a whole number, and is "),
        ({"sequence": "1790000000123"}, "sequence", "must be a whole number, and is "),
        ({"sequence": 2**63}, "sequence", "must be at most 9223372036854775807"),
        (
            {"state": "alive"},
            "state",
            "must be one of booting, standby, live, rolled, drained, unknown, and is 'alive'",
        ),
        ({"state": "LIVE"}, "state", "and is 'LIVE'"),
        ({"memory_used": -1}, "memory_used", "must be at least 0"),
        ({"memory_used": "9"}, "memory_used", "must be a whole number, and is "),
        ({"memory_used": 4075520001}, "memory_used", "at most memory_total"),
        ({"memory_total": 0}, "memory_total", "must be at least 1"),
        ({"memory_total": None}, "memory_total", "must be a whole number, and is "),
        ({"rows": -1}, "rows", "must be at least 0"),
        ({"rows": True}, "rows", "must be a whole number or null, and is true or false"),
        ({"rows": None}, "rows", "must be null when the state is unknown"),
        ({"state": "unknown"}, "rows", "must be null when the state is unknown"),
        ({"state": "drained", "rows": 1}, "rows", "must be 0 when the state is drained, and is 1"),
        ({"first_index": -1}, "first_index", "must be at least 0"),
        ({"first_index": ...}, "first_index", "come together"),
        ({"last_index": ...}, "first_index", "come together"),
        ({"last_index": 96111}, "last_index", "at least first_index"),
        ({"last_index": "x"}, "last_index", "must be a whole number or null, and is text"),
        ({"host": "a host", "port": 5001}, "host", "must be a host's name or IPv4 address of at most 64"),
        ({"host": "h" * 65, "port": 5001}, "host", "must be a host's name or IPv4 address of at most 64"),
        ({"release": ""}, "release", "must be a release, as 0.3.0: a digit, then at most 19 letters, digits"),
        ({"release": "0" * 21}, "release", "must be a release, as 0.3.0: a digit, then at most 19 letters"),
        ({"q_release": "mine"}, "q_release", "must be a release, as 0.3.0: a digit, then at most 19 letters"),
        ({"host": "10.0.0.1"}, "host", "host and port come together"),
        ({"port": 5001}, "host", "host and port come together"),
        ({"host": "10.0.0.1", "port": 0}, "port", "must be at least 1"),
        ({"host": "10.0.0.1", "port": 65536}, "port", "must be at most 65535"),
        ({"why": ""}, "why", "must be 1 to 160 characters of ASCII in one line"),
        ({"why": "a\nb"}, "why", "must be 1 to 160 characters of ASCII in one line"),
        ({"why": "x" * 161}, "why", "must be 1 to 160 characters of ASCII in one line"),
        ({"first_time": "9999-12-31T23:59:59Z"}, "first_time", "must be of the years 1970 to 2499"),
        ({"last_time": "09:00"}, "last_time", "must be a time in ISO 8601 with its zone, as "),
        (
            {"first_time": "2026-11-23T10:00:00Z", "last_time": "2026-11-23T09:59:59Z"},
            "last_time",
            "must not be before first_time",
        ),
        ({"sent_at": "yesterday"}, "sent_at", "must be a time in ISO 8601 with its zone, as "),
        ({"sent_at": "9999-12-31T23:59:59Z"}, "sent_at", "must be of the years 1970 to 2499"),
        ({"sent_at": "1969-12-31T23:59:59Z"}, "sent_at", "must be of the years 1970 to 2499"),
        ({"sent_at": "2026-11-23T11:59:07"}, "sent_at", "must be a time in ISO 8601 with its zone, as "),
        ({"sent_at": 1790000000}, "sent_at", "with its zone, as 2026-11-23T09:30:00Z, and is a whole number"),
    ],
)
def test_a_report_with_one_forged_field_is_refused_by_the_fields_name(
    change: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(BadInput) as caught:
        parse_report(wire(**change).decode(), NOW)
    assert caught.value.field == field
    assert rule in caught.value.rule
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    "field",
    [
        "version",
        "cluster",
        "instance_id",
        "sequence",
        "state",
        "memory_used",
        "memory_total",
        "rows",
        "sent_at",
    ],
)
def test_a_report_without_a_required_field_is_refused_by_the_fields_name(field: str) -> None:
    with pytest.raises(BadInput, match=f"^{field}: is missing$"):
        parse_report(wire(**{field: ...}).decode(), NOW)


def test_a_report_with_an_offset_is_kept_in_utc() -> None:
    report = parse_report(wire(sent_at="2026-11-23T16:59:07+05:00").decode(), NOW)
    assert report.sent_at.isoformat() == "2026-11-23T11:59:07+00:00"


def test_a_time_that_is_out_of_range_in_utc_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^sent_at: is out of range in UTC$"):
        parse_report(wire(sent_at="0001-01-01T00:00:00+05:00").decode(), NOW)


@pytest.mark.parametrize("text", ["", "{", "drained", '{"version": 1,}', "\x00"])
def test_a_message_that_is_not_json_is_refused_as_such(text: str) -> None:
    with pytest.raises(BadInput, match=r"^message: is not JSON"):
        parse_report(text, NOW)


@pytest.mark.parametrize("text", ["[]", "null", "7", '"drained"'])
def test_a_message_that_is_no_object_is_refused_as_such(text: str) -> None:
    with pytest.raises(BadInput, match=r"^message: must be an object, and is "):
        parse_report(text, NOW)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_whatsoever_gets_past_the_edge_but_a_report(text: str) -> None:
    with pytest.raises(BadInput):
        parse_report(text, NOW)


@pytest.mark.parametrize(("ahead", "refused"), [(0, False), (60_000, False), (60_001, True)])
def test_a_sequence_more_than_60_seconds_ahead_of_its_receipt_is_refused(ahead: int, refused: bool) -> None:
    text = wire(sequence=int(NOW.timestamp() * 1000) + ahead).decode()
    if refused:
        with pytest.raises(BadInput, match=r"^sequence: \d+ is more than 60 s ahead"):
            parse_report(text, NOW)
    else:
        assert parse_report(text, NOW).sequence == int(NOW.timestamp() * 1000) + ahead


def test_a_field_that_nobody_knows_is_ignored() -> None:
    assert parse_report(wire(mood="good", notes={"a": [1]}).decode(), NOW) == parse_report(
        wire().decode(), NOW
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.UNKNOWN])
def test_every_state_is_understood_before_and_after_the_window_is_known(state: State) -> None:
    for window in ({}, {"first_index": ..., "last_index": ...}):
        rows = 0 if state is State.DRAINED else 5
        found = parse_report(wire(state=state.value, rows=rows, **window).decode(), NOW)
        assert found.state is state
        assert (found.last_index is None) == bool(window)


def test_a_reporter_whose_q_does_not_answer_says_so_without_rows() -> None:
    found = parse_report(wire(state="unknown", rows=None).decode(), NOW)
    assert (found.state, found.rows) == (State.UNKNOWN, None)


@settings(deadline=None)
@given(reports)
def test_a_report_survives_the_wire(said: Report) -> None:
    assume(said.state is not State.DRAINED or said.rows == 0)
    assert parse_report(msgspec.json.encode(said).decode(), NOW) == said


def test_a_sequence_is_judged_by_the_time_of_receipt_and_not_by_the_senders_clock() -> None:
    later: datetime = NOW + timedelta(minutes=20)
    text = wire(sequence=int(later.timestamp() * 1000)).decode()
    assert parse_report(text, later).sequence == int(later.timestamp() * 1000)
    with pytest.raises(BadInput, match=r"^sequence: "):
        parse_report(text, NOW)


def patterns(kind: Any) -> set[str]:
    """The patterns in the schema of a type."""
    text = msgspec.json.encode(msgspec.json.schema(kind)).decode()
    return {json.loads(f'"{found}"') for found in re.findall(r'"pattern":"((?:[^"\\]|\\.)*)"', text)}


@pytest.mark.parametrize("kind", [Report, WakeUp])
def test_a_pattern_is_never_shown_for_it_has_words(kind: Any) -> None:
    assert patterns(kind) <= {rf"^{pattern}\Z" for pattern in PATTERNS}
    assert patterns(kind)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_breaks_a_pattern_is_refused_in_its_words(pattern: str) -> None:
    kind = Annotated[str, msgspec.Meta(pattern=rf"^{pattern}\Z")]
    with pytest.raises(msgspec.ValidationError) as broken:
        msgspec.json.decode(rb'"no such/name \u00e9"', type=kind)
    assert in_plain_words(str(broken.value)) == f"must be {PATTERNS[pattern]}"


def test_a_value_that_looks_like_a_path_garbles_no_field() -> None:
    text = "Invalid enum value 'x - at `$.rows`' - at `$.state`"
    assert field_and_rule(text, "report", Report)[0] == "state"


class Inner(msgspec.Struct):
    states: list[State] = []
    by_name: dict[str, Literal["on", "off"]] = {}


class Outer(msgspec.Struct):
    inner: Inner | None
    level: Annotated[Literal[1, 2], msgspec.Meta(title="level")] | None = None
    only: Literal[1] = 1
    pair: tuple[int, Literal["on", "off"]] = (1, "on")


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (
            '{"inner": {"states": ["live", "dead"]}}',
            "inner.states[1]",
            "must be one of booting, standby, live, rolled, drained, unknown, and is 'dead'",
        ),
        ('{"inner": {"by_name": {"a": "up"}}}', "inner.by_name[...]", "must be one of off, on, and is 'up'"),
        ('{"inner": null, "level": 3}', "level", "must be one of 1, 2, and is 3"),
        ('{"inner": null, "only": 3}', "only", "must be 1, and is 3"),
        ('{"inner": null, "pair": [1, "up"]}', "pair[1]", "must be another value, and is 'up'"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_those_that_are(text: str, field: str, rule: str) -> None:
    with pytest.raises(BadInput) as refused:
        decode(text, Outer)
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_a_value_that_is_the_whole_input_and_not_allowed_is_refused_with_those_that_are() -> None:
    with pytest.raises(BadInput) as refused:
        decode('"up"', State)
    assert refused.value.rule.startswith("must be one of booting, standby, live, ")
