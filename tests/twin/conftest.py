"""What the tests of the strict groups begin with: Auto Scaling with nothing in it yet."""

import pytest

from tests.twin.autoscaling_bench import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
