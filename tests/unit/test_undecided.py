"""Where AWS does not show the group of a cluster nothing is decided, and the reason is said."""

import pytest

from chalicelib.core.undecided import unreadable
from tests.unit.builders import NOW


@pytest.mark.parametrize("failures", [("DescribeAutoScalingGroups failed: Throttling",), ("one", "two")])
def test_a_group_that_is_not_known_is_left_alone_with_every_reason(failures: tuple[str, ...]) -> None:
    found = unreadable("trades", failures, NOW)
    assert (found.code, found.reason, found.unread) == ("unreadable", "; ".join(failures), failures)
    assert not found.acts
