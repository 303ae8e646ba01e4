"""Arbitrary facts, for the properties: any mix of hosts, reports, metrics and settings."""

import msgspec
from hypothesis import strategies as st

from chalicelib.contract.report import State
from chalicelib.core.facts.group import Member
from chalicelib.core.facts.ledger import Asked
from chalicelib.core.facts.wake_ups import SetFloor
from tests.unit.builders import HOLD, NOW, A, B, C, D, E, ago, cluster, rdb, read, report

minutes_ago = st.integers(0, 1800).map(lambda seconds: seconds / 60)
before_now = st.integers(1, 1800).map(lambda seconds: seconds / 60)
percents = st.integers(0, 100)
readings = st.builds(read, percents, minutes_ago)
reports = st.builds(
    report,
    state=st.sampled_from(State),
    percent=percents,
    minutes=minutes_ago,
    window=st.sampled_from([None, (0, 9)]),
).flatmap(
    lambda said: (
        st.just(said)
        if said.rows is None
        else st.sampled_from([0, said.rows]).map(lambda rows: msgspec.structs.replace(said, rows=rows))
    )
)
members = st.builds(
    Member,
    st.sampled_from(["Pending", "Pending:Wait", "InService", "Terminating", "Terminating:Wait", "Standby"]),
    healthy=st.sampled_from([True, True, True, False]),
    protected=st.just(value=True),
)
rdbs = st.builds(
    rdb,
    said=st.none() | reports,
    member=st.none() | members,
    seen=minutes_ago,
    metric=st.none() | readings,
    peak=st.none() | readings,
    released=st.none() | st.none() | before_now,
    first_drained=st.none() | minutes_ago,
    proven=st.sampled_from([True, True, False]),
)
asked = st.none() | st.builds(
    lambda target, minutes: Asked(target, ago(minutes)), st.integers(0, 8), minutes_ago
)
facts = st.builds(
    cluster,
    st.dictionaries(st.sampled_from([A, B, C, D, E]), rdbs),
    desired=st.none() | st.integers(0, 8),
    max_size=st.integers(0, 8),
    min_size=st.integers(0, 3),
    asked=asked,
    walls=st.sampled_from([True, True, True, False]),
    hold=st.sampled_from([None, None, None, HOLD]),
)
floors = st.lists(
    st.builds(SetFloor, st.sampled_from(["c1", "c2"]), st.just("ann"), st.just(NOW), st.integers(0, 12)),
    max_size=2,
)
