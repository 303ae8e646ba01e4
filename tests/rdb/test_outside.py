"""What comes from outside, whatever it is, ends no reporter: it is a known error, and is tried again."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rdb.contract.report import State, parse_report
from rdb.host.aws import AWS_ERRORS, Aws
from rdb.host.config import BadConfig, Config, load, password
from rdb.host.memory import Unmeasured, host_memory
from rdb.host.metadata import ENDPOINT, Metadata, NoMetadata
from rdb.reporter.connecting import lasting_connection
from rdb.reporter.journal import Journal
from rdb.reporter.reporter import sender
from rdb.reporter.reports import next_sequence, report_of
from tests.rdb.builders import CLUSTER, ID, IDENTITY, NOW, TOPIC, Host, memory, seen
from twin.aws.metadata import ROLE, MetadataPlayer
from twin.aws.service import Reply, Request, Service

CREDENTIALS = f"/iam/security-credentials/{ROLE}"
GOOD = {
    "Code": "Success",
    "AccessKeyId": "ASIAEMBEDDEDEMBEDDED",
    "SecretAccessKey": "embedded",
    "Token": "token",
    "Expiration": "2126-11-23T12:00:00Z",
}
in_one_folder = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Iterator[MetadataPlayer]:
    """The metadata of a host whose credentials come from nowhere else."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    player = MetadataPlayer(ID)
    with player.served() as url:
        monkeypatch.setenv(ENDPOINT, url)
        yield player


def client(aws: Aws) -> bool:
    """A client with credentials can be had; any other error than those that are known fails the test."""
    try:
        aws.client("sns")
    except AWS_ERRORS:
        return False
    return True


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(GOOD)), values)
@example("Expiration", "soon")
@example("Expiration", None)
@example("Expiration", 5)
@example("Expiration", "2126-11-23T12:00:00")
@example("Expiration", "9" * 40)
@example("Token", "a\nb")
@example("AccessKeyId", ["A"])
def test_credentials_with_any_field_that_is_none_are_as_no_credentials(
    player: MetadataPlayer, field: str, value: Any
) -> None:
    player.texts[CREDENTIALS] = json.dumps({**GOOD, field: value})
    aws = Aws("us-east-1")
    if client(aws):
        assert all(isinstance(part, str) for part in aws.credentials()[:2])


@pytest.mark.parametrize(
    "document", ["[]", "5", "null", '"AccessKeyId SecretAccessKey Token Expiration"', "{"]
)
def test_credentials_that_are_no_document_are_as_no_credentials(
    player: MetadataPlayer, document: str
) -> None:
    player.texts[CREDENTIALS] = document
    assert not client(Aws("us-east-1"))


def test_a_report_that_lacks_credentials_is_logged_and_tried_again(
    player: MetadataPlayer, tmp_path: Path
) -> None:
    host, aws = Host(), Aws("us-east-1")
    config = Config(cluster=CLUSTER, reports_topic=TOPIC, state_directory=str(tmp_path))
    sends = sender(config, IDENTITY, aws, host.log)
    player.texts[CREDENTIALS] = json.dumps({**GOOD, "Expiration": "soon"})
    assert sends.step(seen(State.DRAINED), memory(), host.time, host.seconds) is None
    (warning,) = host.told("WARNING")
    assert warning["message"] == "reports in trouble"
    assert warning["why"].startswith("Error when retrieving credentials from the instance metadata: ")
    player.texts[CREDENTIALS] = json.dumps(GOOD)
    assert client(aws)


def test_credentials_that_turn_into_none_are_logged_and_tried_again(player: MetadataPlayer) -> None:
    player.texts[CREDENTIALS] = json.dumps(GOOD)
    aws = Aws("us-east-1")
    assert client(aws)
    aws._session.get_credentials()._expiry_time = NOW - timedelta(days=365)
    player.texts[CREDENTIALS] = json.dumps({**GOOD, "Expiration": "soon"})
    assert not client(aws)
    player.texts[CREDENTIALS] = json.dumps(GOOD)
    assert client(aws)


@in_one_folder
@given(st.binary() | st.text().map(lambda text: f"MemTotal: {text} kB\nMemAvailable: 1 kB".encode()))
@example(b"MemTotal: 0 kB\nMemAvailable: 0 kB")
@example(b"MemTotal: 1 kB\nMemAvailable: 2 kB")
@example("MemTotal: \u00b2 kB\nMemAvailable: 1 kB".encode("latin-1"))
@example(b"MemTotal: " + b"9" * 5000 + b" kB\nMemAvailable: 1 kB")
def test_memory_is_measured_by_the_contract_or_not_at_all(tmp_path: Path, figures: bytes) -> None:
    file = tmp_path / "meminfo"
    file.write_bytes(figures)
    try:
        found = host_memory(file)
    except Unmeasured:
        return
    report = report_of(IDENTITY, seen(), found, 1, NOW)
    assert parse_report(msgspec.json.encode(report).decode(), NOW) == report


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from([200, 404, 401, 500]))
@example(b"a\nb", b"i-0123456789abcdef0", 200)
@example(b"a", b"<html>", 200)
def test_the_metadata_service_may_answer_what_it_will(token: bytes, text: bytes, status: int) -> None:
    def answer(request: Request) -> Reply:
        return Reply(200, token) if request.method == "PUT" else Reply(status, text)

    with Service(answer) as service:
        metadata = Metadata({ENDPOINT: service.url})
        for ask in (metadata.instance_id, metadata.region, metadata.drain_request, metadata.tags_shown):
            try:
                found = ask()
            except NoMetadata:
                continue
            assert ask != metadata.instance_id or str(found).startswith("i-")


@pytest.mark.parametrize("url", ["http://127.0.0.1:many", "http://", "nonsense", "http://[::1"])
def test_an_address_of_the_metadata_service_that_is_none_is_an_error_that_is_known(url: str) -> None:
    with pytest.raises(NoMetadata):
        Metadata({ENDPOINT: url}).instance_id()


@in_one_folder
@given(st.binary() | values.map(lambda value: json.dumps({"sequence": value, "report": value}).encode()))
@example(b'{"sequence": 1, "more": ' + b"[" * 100_000)
@example(b'{"sequence": -1}')
@example(b'{"sequence": 1' + b"0" * 400 + b"}")
def test_any_file_in_place_of_the_journal_still_gives_the_next_sequence(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "reported.json").write_bytes(left)
    sequence = next_sequence(Journal(tmp_path).read().sequence, NOW)
    assert abs(sequence - NOW.timestamp() * 1000) <= 60_000


SETTINGS = st.sampled_from(sorted(Config.__struct_fields__))


@in_one_folder
@given(st.dictionaries(SETTINGS, values, max_size=3), st.binary().map(os.fsdecode))
@example({"q_user": "a\0"}, "")
@example({"q_password_file": "a\0"}, "")
@example({"meminfo": "a\0"}, "")
@example({"q_port": 10**400}, "")
def test_any_settings_are_taken_or_refused_by_name(tmp_path: Path, given: dict[str, Any], text: str) -> None:
    file = tmp_path / "reporter.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items()]
    file.write_text("\n".join(lines))
    environment = {"HIGHWATER_CLUSTER": CLUSTER, "HIGHWATER_REPORTS_TOPIC": TOPIC, "HIGHWATER_Q_USER": text}
    try:
        config, _ = load(file, environment)
        password(config)
    except BadConfig:
        return
    assert lasting_connection(config, Host().log)._credentials()
    try:
        host_memory(Path(config.meminfo))
    except Unmeasured:
        return
