"""A day that no cluster can hold is refused before anything runs, with the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater.deploy.packaging.template_files import CLUSTER_TEMPLATE, read_template
from highwater.market.feed import Feed, paper
from highwater.market.rdb import SIZES, Rdb
from highwater.whatif.bounds import impossible
from twin.arguments import LARGEST_GROUP, SMALLEST_GROUP
from twin.day.options import Options

MEANT = "Did you mean another --kib-per-update, --updates-per-day, --volume, --size or --max-size?"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (
            Options(feed=paper().scaled(34_000_000)),
            "34,000,000 updates of 55.5 KiB are 1.8 TiB: 584 medium hosts filled to 85 %, but --max-size is "
            f"40. {MEANT}",
        ),
        (
            Options(size="micro", feed=paper().scaled(500_000)),
            "500,000 updates of 67 KiB are 31.9 GiB: 50 micro hosts filled to 85 %, but --max-size is 40. "
            f"{MEANT}",
        ),
        (
            Options(max_size=5),
            "319,948 updates of 55.5 KiB are 16.9 GiB: 6 medium hosts filled to 85 %, but --max-size is 5. "
            f"{MEANT}",
        ),
        (
            Options(size="micro", scale=10, roll=15),
            "--roll 15: an idle micro host uses 15.3 % already, and one update 0.00684 % "
            "(--kib-per-update 67)",
        ),
        (
            Options(kib_per_update=4e6),
            "--roll 85: an idle medium host uses 3.8 % already, and one update 101 % "
            "(--kib-per-update 4e+06)",
        ),
        (Options(), None),
        (Options(max_size=6), None),
        (Options(feed=paper().scaled(34_000_000), until=7 * 3600), None),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_the_numbers(options: Options, why: str | None) -> None:
    assert impossible(options) == why


def test_max_size_is_what_the_template_allows() -> None:
    allowed = read_template(CLUSTER_TEMPLATE)["Parameters"]["MaxSize"]
    assert (allowed["MinValue"], allowed["MaxValue"]) == (SMALLEST_GROUP, LARGEST_GROUP)


@given(st.sampled_from(sorted(SIZES)), st.floats(20, 99), st.integers(0, 10**6), st.floats(0.5, 2000))
def test_the_hosts_are_as_many_as_the_model_fills(size: str, roll: float, updates: int, kib: float) -> None:
    options = Options(
        size=size, roll=roll, feed=Feed({0: updates}), kib_per_update=kib, max_size=1, end_of_day=3600
    )
    an_rdb = Rdb("i-00000001", options.cluster, options.begins)
    why = impossible(options)
    if options.cluster.size.idle_kib + kib > options.cluster.size.total_kib * roll / 100:
        assert why is not None
    else:
        assert (why is None) == (updates < an_rdb.room_for(roll))
