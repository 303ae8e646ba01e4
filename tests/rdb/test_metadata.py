"""The instance metadata service as a host meets it, on a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rdb.host.memory import Memory, Unmeasured, host_memory
from rdb.host.metadata import ENDPOINT, Metadata, NoMetadata, Unreachable
from tests.rdb.builders import ID
from twin.aws.metadata import MetadataPlayer

TAG = "/tags/instance/highwater:drain"
LIFECYCLE = "/autoscaling/target-lifecycle-state"


@pytest.fixture
def player() -> MetadataPlayer:
    return MetadataPlayer(ID)


@pytest.fixture
def metadata(player: MetadataPlayer) -> Iterator[Metadata]:
    with player.served() as url:
        yield Metadata({ENDPOINT: url})


def test_it_says_who_and_where_the_host_is(metadata: Metadata) -> None:
    assert (metadata.instance_id(), metadata.region()) == (ID, "us-east-1")


@pytest.mark.parametrize("region", ["eusc-de-east-1", "us-gov-west-1", "us-isob-east-1", "cn-north-1"])
def test_the_regions_of_every_partition_are_regions(
    player: MetadataPlayer, metadata: Metadata, region: str
) -> None:
    player.texts["/placement/region"] = region
    assert metadata.region() == region


def test_nobody_requests_a_drain_until_the_tag_or_the_lifecycle_says_so(
    player: MetadataPlayer, metadata: Metadata
) -> None:
    assert metadata.drain_request() == ""
    player.texts[LIFECYCLE] = "Terminated"
    assert metadata.drain_request() == "target-lifecycle-state Terminated"
    player.texts[TAG] = "asked"
    assert metadata.drain_request() == "tag highwater:drain"
    del player.texts[TAG], player.texts[LIFECYCLE]
    assert metadata.drain_request() == ""


def test_a_token_that_expired_is_renewed(player: MetadataPlayer, metadata: Metadata) -> None:
    assert metadata.instance_id() == ID
    player.forget_tokens()
    assert metadata.instance_id() == ID


def test_tags_that_are_not_shown_are_seen_as_such(player: MetadataPlayer, metadata: Metadata) -> None:
    assert metadata.tags_shown()
    del player.texts["/tags/instance"]
    assert not metadata.tags_shown()


def test_a_service_that_is_disabled_says_so(player: MetadataPlayer, metadata: Metadata) -> None:
    player.enabled = False
    with pytest.raises(NoMetadata, match=r"refuses a token \(403\): on EC2 set HttpEndpoint to enabled"):
        metadata.drain_request()


def test_a_token_that_never_arrives_points_at_the_hop_limit(
    player: MetadataPlayer, metadata: Metadata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rdb.host.metadata.TIMEOUT", 0.05)
    player.answers_token = False
    with pytest.raises(NoMetadata, match="HttpPutResponseHopLimit must be 2"):
        metadata.instance_id()


def test_a_service_that_is_not_there_is_named(player: MetadataPlayer) -> None:
    with player.served() as url:
        metadata = Metadata({ENDPOINT: url})
    with pytest.raises(Unreachable, match=r"cannot be reached: .*refused"):
        metadata.instance_id()


def test_memory_that_the_kernel_would_give_back_is_free(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  4000 kB\nMemFree:  500 kB\nMemAvailable:  1000 kB\n")
    assert host_memory(meminfo) == Memory(3000 * 1024, 4000 * 1024)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("MemTotal: 4000 kB\n", "no MemAvailable in kB"),
        ("MemTotal: 4000 MB\nMemAvailable: 1 kB\n", "no MemTotal in kB"),
        ("MemTotal: many kB\nMemAvailable: 1 kB\n", "no MemTotal in kB"),
    ],
)
def test_memory_that_cannot_be_read_is_not_guessed(tmp_path: Path, text: str, sentence: str) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(text)
    with pytest.raises(Unmeasured, match=sentence):
        host_memory(meminfo)
    with pytest.raises(Unmeasured, match="No such file"):
        host_memory(tmp_path / "missing")
