"""The functions' log is a twin's own while it runs, and no longer."""

import io

from chalicelib.adapters.logs import logger
from twin.aws.functions import logging_to


def test_a_log_that_was_closed_disturbs_no_later_twin() -> None:
    first, second = io.StringIO(), io.StringIO()
    before = logger.registered_handler.stream  # type: ignore[attr-defined]
    with logging_to(first):
        logger.info("a line")
        assert "a line" in first.getvalue()
    first.close()
    with logging_to(second):
        logger.info("another line")
    assert "another line" in second.getvalue()
    assert logger.registered_handler.stream is before  # type: ignore[attr-defined]
