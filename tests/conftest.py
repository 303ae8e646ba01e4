"""Property tests are repeatable here, and no test has a time limit: timings belong in benchmarks."""

import gc
import os

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since some tests wait for real processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """Modules stay to the end: without this each full collection of garbage would look through them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
