"""A report is validated at the edge: what is refused is refused by its field's name."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.contract.errors import BadInput
from chalicelib.contract.report import Report, State, parse_report
from tests.unit.builders import NOW, A, reports, wire


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"version": 2}, "version", "Invalid enum value 2"),
        ({"version": "1"}, "version", "got `str`"),
        ({"cluster": ""}, "cluster", "matching regex"),
        ({"cluster": "a b"}, "cluster", "matching regex"),
        ({"cluster": "-trades"}, "cluster", "matching regex"),
        ({"cluster": "t" * 65}, "cluster", "matching regex"),
        ({"cluster": None}, "cluster", "Expected `str`"),
        ({"instance_id": "i-123"}, "instance_id", "matching regex"),
        ({"instance_id": A.upper()}, "instance_id", "matching regex"),
        ({"instance_id": f"x{A}"}, "instance_id", "matching regex"),
        ({"sequence": -1}, "sequence", ">= 0"),
        ({"sequence": 1.5}, "sequence", "Expected `int`"),
        ({"sequence": "1790000000123"}, "sequence", "Expected `int`"),
        ({"sequence": 2**63}, "sequence", ""),
        ({"state": "alive"}, "state", "Invalid enum value 'alive'"),
        ({"state": "LIVE"}, "state", "Invalid enum value 'LIVE'"),
        ({"memory_used": -1}, "memory_used", ">= 0"),
        ({"memory_used": "9"}, "memory_used", "Expected `int`"),
        ({"memory_used": 4075520001}, "memory_used", "at most memory_total"),
        ({"memory_total": 0}, "memory_total", ">= 1"),
        ({"memory_total": None}, "memory_total", "Expected `int`"),
        ({"rows": -1}, "rows", ">= 0"),
        ({"rows": True}, "rows", "got `bool`"),
        ({"rows": None}, "rows", "must be null when the state is unknown"),
        ({"state": "unknown"}, "rows", "must be null when the state is unknown"),
        ({"state": "drained", "rows": 1}, "rows", "must be 0 when the state is drained, and is 1"),
        ({"first_index": -1}, "first_index", ">= 0"),
        ({"first_index": ...}, "first_index", "come together"),
        ({"last_index": ...}, "first_index", "come together"),
        ({"last_index": 96111}, "last_index", "at least first_index"),
        ({"last_index": "x"}, "last_index", "got `str`"),
        ({"sent_at": "yesterday"}, "sent_at", "RFC3339"),
        ({"sent_at": "9999-12-31T23:59:59Z"}, "sent_at", "must be of the years 1970 to 2499"),
        ({"sent_at": "1969-12-31T23:59:59Z"}, "sent_at", "must be of the years 1970 to 2499"),
        ({"sent_at": "2026-11-23T11:59:07"}, "sent_at", "timezone"),
        ({"sent_at": 1790000000}, "sent_at", "Expected `datetime`"),
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
    with pytest.raises(BadInput, match=r"^message: Expected `object`"):
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
