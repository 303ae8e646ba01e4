"""What the tests of the strict groups begin with: Auto Scaling with nothing in it yet."""

import pytest

from tests.twin.autoscaling_stage import Stage


@pytest.fixture
def bench() -> Stage:
    return Stage()
