"""The session of docs/q.md, in the evaluator: what the page says is seen is what the files do."""

import re

from tests.rdb.q.network import Network
from tests.rdb.q.session import Session, typed
from tests.rdb.q_source import Q

PAGE = (Q.parents[1] / "docs" / "q.md").read_text().partition("## A session for a person with a licence")[2]
# What the page says will differ.
DIFFERS = re.compile(r"(?<=heap       \| )\d+|^\d+ +(?=i-)")


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
