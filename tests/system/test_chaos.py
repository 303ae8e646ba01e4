"""Reporters, q and the way to AWS are killed and come back: the ledger ends with the truth."""

from pathlib import Path

from twin.processes.chaos import VICTIMS, chaos

ROUNDS = 4
SEED = 11


def test_whatever_is_killed_and_comes_back_the_ledger_ends_with_what_q_says(tmp_path: Path) -> None:
    with (tmp_path / "functions.log").open("w") as log:
        outcome = chaos(tmp_path, log, ROUNDS, SEED, lambda *_: None)
    assert outcome.broken == []
    assert outcome.rounds == ROUNDS
    assert outcome.answers.right > 0
    assert outcome.answers.asked == outcome.answers.right + len(outcome.answers.gaps)
    assert {f"{victim} killed" for victim in VICTIMS} <= outcome.acts.keys()
