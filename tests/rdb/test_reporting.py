"""When an RDB reports and what it says, over any life of a host."""

from datetime import datetime, timedelta
from math import inf

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdb.contract.errors import BadInput
from rdb.contract.release import RELEASE
from rdb.contract.report import State, parse_report
from rdb.kdb.status import Nonsense, Seen, seen_of
from rdb.kdb.values import Table
from rdb.reporter.reports import Said, due, next_sequence, report_of, said_by
from tests.rdb.builders import IDENTITY, NOW, STATUS, memory, seen

SCALE = 60.0
STATES = st.sampled_from(State)
ROWS = st.integers(0, 2**40)
SECONDS = st.integers(0, 3600).map(float)


@st.composite
def looks(draw: st.DrawFn) -> Seen:
    state = draw(STATES)
    first = draw(st.none() | st.integers(0, 1000))
    return seen(state, 0 if state is State.DRAINED else draw(ROWS), first)


PERCENT = st.integers(0, 100).map(float)


def reported(look: Seen, percent: float, at: datetime = NOW) -> bytes:
    return msgspec.json.encode(report_of(IDENTITY, look, memory(percent), 1, at))


@given(looks(), PERCENT)
def test_every_report_keeps_the_contract_of_the_control_plane(look: Seen, percent: float) -> None:
    report = parse_report(reported(look, percent).decode(), NOW)
    assert (report.state, report.rows, report.first_index) == (look.state, look.rows, look.first_index)


@given(looks())
def test_every_report_names_the_reporters_release_but_the_one_whose_proof_an_older_release_checks(
    look: Seen,
) -> None:
    report = parse_report(reported(look, 30).decode(), NOW)
    assert report.release == (None if look.state is State.DRAINED else RELEASE)


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("0.3.0", "0.3.0"),
        ("0.4.0.dev0", "0.4.0.dev0"),
        (None, None),
        ("mine", None),
        ("0" * 21, None),
        (3, None),
    ],
)
def test_a_release_of_the_q_files_that_is_none_is_left_out_and_the_report_goes(
    named: object, told: str | None
) -> None:
    seen = seen_of({**STATUS, "release": named})
    assert parse_report(reported(seen, 30).decode(), NOW).q_release == told
    assert parse_report(reported(seen_of(STATUS), 30).decode(), NOW).q_release is None


@given(looks(), looks(), PERCENT, PERCENT, SECONDS)
def test_a_change_of_state_is_always_reported(
    before: Seen, after: Seen, was: float, percent: float, later: float
) -> None:
    said = said_by(report_of(IDENTITY, before, memory(was), 1, NOW), SCALE)
    why = due(said, after, memory(percent), SCALE, NOW + timedelta(seconds=later))
    if before.state is not after.state:
        assert why == f"{before.state} to {after.state}"
    elif later >= 300 or (later >= 60 and after.state is State.DRAINED):
        assert why is not None


@given(looks(), PERCENT, st.integers(1, 59).map(float))
def test_what_was_said_is_not_said_again_within_its_time(look: Seen, percent: float, later: float) -> None:
    said = said_by(report_of(IDENTITY, look, memory(percent), 1, NOW), SCALE)
    assert due(said, look, memory(percent), SCALE, NOW + timedelta(seconds=later)) is None


def test_crossing_the_scale_threshold_is_reported_once_and_again_after_it_fell() -> None:
    def said(percent: float, at: datetime) -> Said:
        return said_by(report_of(IDENTITY, seen(), memory(percent), 1, at), SCALE)

    assert due(said(59, NOW), seen(), memory(60), SCALE, NOW) == "memory at 60.0 %, scale threshold 60 %"
    assert due(said(60, NOW), seen(), memory(61), SCALE, NOW) is None
    assert due(said(60, NOW), seen(), memory(50), SCALE, NOW) is None
    assert due(said(50, NOW), seen(), memory(60), SCALE, NOW) is not None


def test_what_keeps_one_that_has_rolled_is_told_with_its_reports_and_at_once_where_it_is_another_reason() -> (
    None
):
    def look(words: object, state: str = "rolled") -> Seen:
        return seen_of({**STATUS, "state": state, "why": words})

    def of(one: Seen) -> str | None:
        return parse_report(reported(one, 30).decode(), NOW).why

    first = look("its window ends at 17, and persisted is 2")
    assert of(first) == "its window ends at 17, and persisted is 2"
    said = said_by(report_of(IDENTITY, first, memory(), 1, NOW), SCALE)
    later = NOW + timedelta(seconds=20)
    assert due(said, look("its window ends at 17, and persisted is 3"), memory(), SCALE, later) is None
    other = look("it holds rows of orders")
    assert due(said, other, memory(), SCALE, later) == "not drained: it holds rows of orders"
    # It is for people, and no other state has it: what is no text changes nothing.
    assert [of(look(words)) for words in ("", None, 7, ["a"], "line\nbreak \x1b[1m")] == [
        None,
        None,
        None,
        None,
        "line?break ?[1m",
    ]
    assert len(of(look("x" * 1000)) or "") == 160
    assert of(look("why", state="live")) is None


def test_memory_that_leaps_is_reported_at_once_and_one_that_fills_in_an_hour_is_not() -> None:
    said = said_by(report_of(IDENTITY, seen(), memory(30), 1, NOW), SCALE)
    assert due(said, seen(), memory(49), SCALE, NOW) is None
    assert due(said, seen(), memory(50), SCALE, NOW) == "memory at 50.0 %, 20.0 points more than in the last"
    assert due(said, seen(), memory(4), SCALE, NOW) is None


def test_the_live_rdb_that_was_emptied_says_so_at_once() -> None:
    said = said_by(report_of(IDENTITY, seen(first=10), memory(), 1, NOW), SCALE)
    assert due(said, seen(first=90), memory(), SCALE, NOW) == "window from 90"


def test_a_clock_that_was_set_back_silences_nobody() -> None:
    said = said_by(report_of(IDENTITY, seen(), memory(), 1, NOW), SCALE)
    assert due(said, seen(), memory(), SCALE, NOW - timedelta(hours=1)) is not None


@given(st.lists(st.floats(-59, 3600), min_size=1, max_size=30))
def test_the_sequence_grows_over_restarts_and_clocks_that_step_back_a_minute(steps: list[float]) -> None:
    newest, sequence = NOW, 0
    for step in steps:
        now = newest + timedelta(seconds=step)
        newest = max(newest, now)
        following = next_sequence(sequence, now)
        assert following > sequence
        sequence = following


def accepted(sequence: int, newest: int, received_at: datetime) -> bool:
    """The control plane takes in a report with this sequence after its newest one."""
    report = report_of(IDENTITY, seen(), memory(), sequence, received_at)
    try:
        return parse_report(msgspec.json.encode(report).decode(), received_at).sequence > newest
    except BadInput:
        return False


@given(st.lists(st.tuples(st.floats(0, 600), st.floats(-300, 300)), max_size=30), st.floats(0, 600))
def test_a_reporter_is_heard_again_a_minute_after_its_clock_is_right(
    reports: list[tuple[float, float]], rest: float
) -> None:
    """AWS takes signatures of clocks that are up to five minutes off, so such reports reach the edge."""
    now, sequence, newest = NOW, 0, 0
    for after, off in reports:
        now += timedelta(seconds=after)
        sequence = next_sequence(sequence, now + timedelta(seconds=off))
        newest = sequence if accepted(sequence, newest, now) else newest
    # It reports on while its clock is right, and is heard at the latest with the first report after a minute.
    for after in (0, rest % 60, 60.001 - rest % 60):
        now += timedelta(seconds=after)
        sequence = next_sequence(sequence, now)
        heard = accepted(sequence, newest, now)
        newest = sequence if heard else newest
    assert heard


@given(SECONDS)
def test_a_sequence_that_a_wrong_clock_counted_is_forgotten(ahead: float) -> None:
    """The control plane takes no sequence that is over 60 s ahead: it would silence this RDB."""
    wrong = int((NOW + timedelta(days=1, seconds=ahead)).timestamp() * 1000)
    assert accepted(next_sequence(wrong, NOW), 0, NOW)


@given(st.integers(1, 2**40))
def test_drained_is_never_said_with_rows(rows: int) -> None:
    with pytest.raises(Nonsense, match=f"says drained and holds {rows} rows"):
        seen_of({**STATUS, "state": "drained", "rows": rows})


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([1, 2], ".highwater.status[] must be a dictionary, and is a list of 2"),
        (None, ".highwater.status[] must be a dictionary, and is ::"),
        (42, ".highwater.status[] must be a dictionary, and is 42"),
        ({key: STATUS[key] for key in STATUS if key != "heap"}, ".highwater.status[] has no heap"),
        ({**STATUS, "state": "unknown"}, 'live, rolled, drained, and is "unknown", text (10h or -11h)'),
        ({key: STATUS[key] for key in STATUS if key != "state"}, ".highwater.status[] has no state"),
        ({**STATUS, "state": ["live"]}, "drained, and is a list of one: without enlist it is an atom"),
        ({**STATUS, "rows": None}, ".highwater.status[] rows must be a long (-7h) from 0, and is 0N"),
        ({**STATUS, "rows": -1}, "rows must be a long (-7h) from 0, and is -1"),
        ({**STATUS, "rows": 2.0}, "and is 2, a float (-9h)"),
        ({**STATUS, "rows": inf}, "rows must be a long (-7h) from 0, and is 0W"),
        ({**STATUS, "rows": "7"}, 'and is "7", text (10h or -11h)'),
        ({**STATUS, "rows": {}}, "and is a dictionary (99h)"),
        ({**STATUS, "rows": Table({})}, "and is a table (98h or 99h)"),
        ({**STATUS, "rows": NOW}, "and is a time, a date or a guid"),
        ({**STATUS, "rows": True}, "and is 1b, a boolean (-1h)"),
        ({**STATUS, "last_index": None}, "first_index 10 and last_index 0N are no window"),
        ({**STATUS, "last_index": 9}, "first_index 10 and last_index 9 are no window"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_named_by_key_and_rule(answer: object, sentence: str) -> None:
    with pytest.raises(Nonsense) as broken:
        seen_of(answer)
    assert sentence in str(broken.value)
