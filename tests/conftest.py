"""How tests run. Property tests are repeatable, and none has a time limit: timings belong in benchmarks."""

import gc

import pytest
from hypothesis import settings
from xdist import plugin

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there would be, one for each core: some tests wait for real processes."""
    cores: int = plugin.pytest_xdist_auto_num_workers(config)
    return cores + 1


def pytest_collection_finish() -> None:
    """Modules stay to the end: frozen, they are looked through by no collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
