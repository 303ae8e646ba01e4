"""The recordings, each made once. They are plain data: their twins are gone."""

import pytest

from tests.policies import recorder
from tests.policies.recorder import Recording


@pytest.fixture(scope="session")
def scenes() -> Recording:
    """Every scene."""
    return recorder.of_scenes()


@pytest.fixture(scope="session")
def faults() -> Recording:
    """A day with faults."""
    return recorder.of_a_day_with_faults()
