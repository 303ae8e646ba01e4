import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

from rdb.host.metadata import ENDPOINT
from tests.rdb.account import Account
from tests.rdb.builders import CLUSTER, TOPIC
from tests.rdb.command_scene import Scene
from tests.rdb.reporting import Reporting


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    account = Account()
    with account.running():
        yield account


@pytest.fixture
def scene(tmp_path: Path, capsys: pytest.CaptureFixture[str], account: Account) -> Iterator[Scene]:
    account.forget()
    scene = Scene(tmp_path, capsys, account)
    with ExitStack() as stack:
        stack.enter_context(scene.q)
        url = stack.enter_context(scene.metadata.served())
        settings = {"HIGHWATER_CLUSTER": CLUSTER, "HIGHWATER_REPORTS_TOPIC": TOPIC, ENDPOINT: url}
        stack.enter_context(patch.dict(os.environ, settings))
        scene.configure()
        yield scene


@pytest.fixture
def reporting(tmp_path: Path) -> Reporting:
    return Reporting(tmp_path)
