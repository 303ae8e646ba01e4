"""A secret and its two newest values on both emulators, as a host of a cluster fetches them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from rdb.host.log import Log
from rdb.host.passwords import CURRENT, PREVIOUS, Keeper, before, fetch


def value(letter: str) -> str:
    return json.dumps({"username": "highwater", "password": letter * 32})


def test_a_new_value_is_the_current_one_at_once_and_the_one_before_is_kept(
    emulator: str, tmp_path: Path
) -> None:
    manager, file = boto3.client("secretsmanager"), tmp_path / "passwords"
    secret = manager.create_secret(Name=f"q-{emulator}", SecretString=value("a"))["ARN"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        fetch(manager, secret, PREVIOUS)
    assert before(manager, secret) == ()
    with (tmp_path / "log").open("w") as out:
        log = Log(out, lambda: datetime.now(UTC), lambda: 0.0)
        keeper = Keeper(secret, file, lambda: manager, lambda: datetime.now(UTC), log)
        assert keeper.step()
        assert file.read_text().split() == ["a" * 32]
        for newest, old in ("ba", "cb"):
            manager.put_secret_value(SecretId=secret, SecretString=value(newest))
            assert fetch(manager, secret, CURRENT) == newest * 32
            assert keeper.step()
            assert file.read_text().split() == [newest * 32, old * 32]
    assert "a" * 32 not in (tmp_path / "log").read_text()


def test_a_secret_that_is_not_there_is_named_by_its_error(emulator: str) -> None:
    manager = boto3.client("secretsmanager")
    secret = manager.create_secret(Name=f"gone-{emulator}", SecretString=value("a"))["ARN"]
    manager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        fetch(manager, secret, CURRENT)
