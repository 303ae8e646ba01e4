"""The session of docs/q.md, in the evaluator: what the page says is seen is what the files do."""

import re

from tests.rdb.q.files import Disk
from tests.rdb.q.network import Network
from tests.rdb.q.session import Session, typed
from tests.rdb.q_source import Q

PAGE = (Q.parents[1] / "docs" / "q.md").read_text().partition("By hand: open three terminals")[2]
# What the page says will differ.
DIFFERS = re.compile(r"(?<=heap       \| )\d+|(?<=first_time \| )[\d.:D]+|^\d+ +(?=i-)")


def test_the_session_that_a_person_runs_holds_in_the_evaluator() -> None:
    network = Network(Q)
    disk = Disk()
    disk.make_folder("/tmp")  # noqa: S108 - of the disk in memory
    session = network.process(disk, {}, ("localhost", 0), script="session.q")
    assert (session.said, session.errors, session.status) == ([], [], 0)
    (line,) = session.shown
    assert line.startswith("session: 40 of 40 hold in q 4.1")
    assert [process.port for process in network.processes if process.alive] == []


def test_a_session_in_which_something_does_not_hold_says_what() -> None:
    network = Network(Q, edits={"`live;3;0;3": "`live;4;0;3", "`none)": "2.5)", "tries<50": "tries<3"})
    disk = Disk()
    disk.make_folder("/tmp")  # noqa: S108
    session = network.process(disk, {}, ("localhost", 0), script="session.q")
    assert session.status == 1
    assert (
        "one: .highwater.status[]`state`rows`first_index`last_index is `live; 3; 0; 3, not `live; 4"
        in session.said[0]
    )


def test_a_session_that_breaks_off_ends_what_it_started() -> None:
    network = Network(Q, edits={"/ A bad update is counted and stops nothing.": "'broken;"})
    disk = Disk()
    disk.make_folder("/tmp")  # noqa: S108
    session = network.process(disk, {}, ("localhost", 0), script="session.q")
    assert session.status == 1
    assert session.said == ["the session broke off: broken"]
    assert len(network.processes) == 6
    assert [process.port for process in network.processes if process.alive] == []


def test_a_session_does_not_begin_where_a_port_answers_and_leaves_that_process_alone() -> None:
    network = Network(Q)
    disk = Disk()
    disk.make_folder("/tmp")  # noqa: S108
    other = network.process(Disk(), {}, ("localhost", 5301))
    session = network.process(disk, {}, ("localhost", 0), script="session.q")
    assert session.status == 1
    assert session.said == ["the session broke off: something answers already at port 5301"]
    assert (network.processes, other.alive) == ([other, session], True)


def test_the_session_of_the_page_is_what_the_files_do() -> None:
    exports = dict(re.findall(r"(HIGHWATER_\w+)=(\S+)", PAGE.partition("Terminal 1")[0]))
    session = Session(Network(Q), exports)
    steps = list(typed(PAGE))
    for step in steps:
        seen = session.enter(step.terminal, step.line)
        if step.seen or step.line.startswith("$ "):
            assert [DIFFERS.sub("", line) for line in seen] == [DIFFERS.sub("", one) for one in step.seen], (
                step
            )
    assert len(steps) > 40
    for process in session.processes.values():
        assert process.errors == []
        # The tickerplant was away for a moment.
        assert [text for text in process.said if "Connection refused" not in text] == []
