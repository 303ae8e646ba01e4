"""A host on which a user runs `highwater-rdb`."""

import json
from pathlib import Path
from typing import Any

import pytest

from rdb.__main__ import main
from rdb.kdb.status import HAS_DRAIN
from rdb.kdb.status import STATUS as QUESTION
from tests.rdb.account import Account
from tests.rdb.builders import ID, STATUS
from twin.aws.cloudformation import REGION
from twin.aws.metadata import MetadataPlayer
from twin.q.player import QPlayer


class Scene:
    """A host on which all is well, until a test spoils something."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str], account: Account) -> None:
        self._capsys = capsys
        self.file = directory / "reporter.toml"
        self.state = directory / "state"
        self.state.mkdir()
        self.says: Any = dict(STATUS)
        self.account = account
        self.metadata = MetadataPlayer(ID)
        self.answers = {QUESTION: lambda: self.says, HAS_DRAIN: lambda: True}
        self.q = QPlayer(self.answers, credentials=":")

    def configure(self, more: str = "", **settings: object) -> None:
        usual = {"q_port": self.q.port, "state_directory": str(self.state), "region": REGION}
        # The longest, as a slow machine must not make q unknown.
        settings = usual | {"q_timeout_seconds": 10} | settings
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        self.file.write_text("\n".join([*lines, more]))

    def run(self, command: str, *more: str) -> tuple[int, str]:
        """The exit status and what was printed."""
        status = main([command, "--config", str(self.file), *more])
        return status, "".join(self._capsys.readouterr())

    def bad(self) -> list[str]:
        """The lines of `check` that are wrong; it must exit with 1 then."""
        return self.found("BAD")

    def found(self, how: str) -> list[str]:
        """The lines of `check` with one verdict."""
        status, text = self.run("check")
        lines = [line.split(maxsplit=1) for line in text.splitlines()]
        assert status == int("BAD" in (word for word, _ in lines))
        return [found for word, found in lines if word == how]
