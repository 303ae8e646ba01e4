"""The mutants of the q files: which there are, and that the command tells who killed one."""

import subprocess
import sys

from highwater.checkout import ROOT
from tests.rdb.q_mutants.mutants import FILES, sample
from tests.rdb.q_source import Q, tokenized


def test_a_seed_gives_the_same_mutants_of_one_token_each() -> None:
    mutants = sample(8, 3)
    assert mutants == sample(8, 3)
    assert mutants != sample(8, 4)
    for mutant in mutants:
        assert mutant.file in FILES
        before, after = ((Q / mutant.file).read_text(), mutant.text())
        assert before.splitlines()[mutant.line - 1][mutant.column - 1 :].startswith(mutant.right)
        changed = [
            one for one in zip(before.splitlines(), after.splitlines(), strict=True) if one[0] != one[1]
        ]
        assert len(changed) == 1
        assert tokenized(after)


def test_the_command_says_which_test_killed_a_mutant_and_fails_where_too_few_are_killed() -> None:
    command = [sys.executable, "-m", "tests.rdb.q_mutants", "--mutants", "3", "--tests", "test_q_doors.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    *mutants, total = done.stdout.splitlines()
    assert len(mutants) == 3
    survivors = [line for line in mutants if line.endswith(": SURVIVES")]
    assert total.startswith(f"seed 1: {3 - len(survivors)} of 3 mutants are killed")
    assert (done.returncode, bool(survivors)) == (1, True)
