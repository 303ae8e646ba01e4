"""The fixture of the strict groups' tests: Auto Scaling with nothing in it yet."""

import pytest

from tests.twin.autoscaling_stage import Stage


@pytest.fixture
def bench() -> Stage:
    return Stage()
