"""Where clients reach q, and from when to when its window is: what the reporter says of both."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.contract.report import parse_report
from rdb.contract.report import State
from rdb.host.config import Config
from rdb.host.identity import Identity, identity
from rdb.host.metadata import ENDPOINT, Metadata
from rdb.kdb.status import Seen, seen_of
from rdb.reporter.reports import report_of
from tests.rdb.builders import CLUSTER, ID, IDENTITY, NOW, STATUS, TOPIC, memory
from twin.aws.metadata import MetadataPlayer

REGION = "us-east-1"
BEGAN, ENDED = NOW - timedelta(hours=2), NOW - timedelta(hours=1)


@pytest.fixture
def player() -> MetadataPlayer:
    player = MetadataPlayer(ID)
    player.texts["/local-ipv4"] = "10.0.12.7"
    return player


@pytest.fixture
def metadata(player: MetadataPlayer) -> Iterator[Metadata]:
    with player.served() as url:
        yield Metadata({ENDPOINT: url})


def configured(**settings: Any) -> Config:
    return Config(cluster=CLUSTER, reports_topic=TOPIC, **settings)


@pytest.mark.parametrize("here", ["127.0.0.1", "localhost"])
def test_a_q_on_this_host_is_reached_by_the_hosts_private_address(metadata: Metadata, here: str) -> None:
    found = identity(configured(q_host=here, q_port=5010), metadata)
    assert found == Identity(CLUSTER, ID, REGION, "10.0.12.7", 5010)


def test_a_q_under_another_name_is_reached_by_that(metadata: Metadata) -> None:
    assert identity(configured(q_host="rdb7.firm.example"), metadata)[3:] == ("rdb7.firm.example", 5001)


@pytest.mark.parametrize("name", [f"rdb7.{'kdb.' * 14}example", "_rdb7"])
def test_a_name_that_no_report_may_have_leaves_the_place_out(metadata: Metadata, name: str) -> None:
    """For it the control plane would refuse whatever this host says."""
    found = identity(configured(q_host=name), metadata)
    assert found[3:] == (None, None)
    said = report_of(found, seen_of(STATUS), memory(50), 1, NOW)
    assert parse_report(msgspec.json.encode(said).decode(), NOW).host is None


def test_the_longest_name_that_a_report_may_have_is_reported(metadata: Metadata) -> None:
    name = f"rdb7.{'kdb.' * 13}example"
    assert (len(name), identity(configured(q_host=name), metadata).host) == (64, name)


@pytest.mark.parametrize("text", [None, "fe80::1"])
def test_where_nobody_tells_an_address_none_is_reported(
    player: MetadataPlayer, metadata: Metadata, text: str | None
) -> None:
    player.texts.pop("/local-ipv4")
    if text:
        player.texts["/local-ipv4"] = text
    assert identity(configured(), metadata) == Identity(CLUSTER, ID, REGION, None, None)


def test_the_times_of_a_window_are_in_whole_seconds_that_leave_nothing_out() -> None:
    times = {
        "first_time": datetime(2026, 11, 23, 9, 0, 0, 999999, tzinfo=UTC),
        "last_time": datetime(2026, 11, 23, 9, 58, 0, 1, tzinfo=UTC),
    }
    found = seen_of({**STATUS, **times})
    assert found.first_time == datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)
    assert found.last_time == datetime(2026, 11, 23, 9, 58, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"first_time": None, "last_time": None},
        {"first_time": 7, "last_time": "09:00"},
        {"first_time": ENDED, "last_time": BEGAN},
        {"first_time": datetime(1707, 1, 1, tzinfo=UTC)},
    ],
)
def test_times_that_are_none_are_left_out_and_are_no_fault_of_q(times: dict[str, object]) -> None:
    found = seen_of({**STATUS, **times})
    assert (found.state, found.first_time, found.last_time) == (State.LIVE, None, None)


def test_a_report_says_where_q_is_and_the_times_of_its_window() -> None:
    at = Identity(*IDENTITY[:3], "10.0.12.7", 5001)
    seen = Seen(State.ROLLED, 7, 10, 17, first_time=BEGAN, last_time=ENDED)
    said = parse_report(msgspec.json.encode(report_of(at, seen, memory(), 1, NOW)).decode(), NOW)
    assert (said.host, said.port, said.first_time, said.last_time) == ("10.0.12.7", 5001, BEGAN, ENDED)


def test_a_drained_rdb_says_neither_so_that_its_proof_is_of_fields_that_older_control_planes_know() -> None:
    at = Identity(*IDENTITY[:3], "10.0.12.7", 5001)
    seen = Seen(State.DRAINED, 0, 10, 17, first_time=BEGAN, last_time=ENDED)
    said = report_of(at, seen, memory(), 1, NOW)
    assert (said.host, said.port, said.first_time, said.last_time) == (None, None, None, None)
    assert (said.first_index, said.last_index) == (10, 17)
