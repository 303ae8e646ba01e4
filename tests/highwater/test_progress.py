"""The progress of long work, where stderr is no terminal."""

import time

import pytest

from highwater import progress


def test_a_pipe_gets_a_line_of_progress_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 4.0, 10.0, 19.0, 21.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    with progress.progress(lambda share: f"at {share * 100:.0f}") as done:
        for share in (0.1, 0.2, 0.3, 0.4):
            done(share)
    assert capsys.readouterr().err.splitlines() == ["at 20, 10 s", "at 40, 21 s"]
