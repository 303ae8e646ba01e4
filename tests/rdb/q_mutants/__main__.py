"""`python -m tests.rdb.q_mutants`: breaks the q files at random, and says which breaks no test sees."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from .kill import Killer
from .mutants import Mutant, sample

HELP = """Breaks one token of a q file at a time, and runs the tests that run that file in the evaluator,
the fastest first, until one fails: stories, sessions and walks. Tests that only read the files take no part.
A test that takes more than a minute of the processor has failed. Exit status 1 says that fewer than nine of
ten breaks were seen.
"""
SURVIVES = "SURVIVES"


def main(argv: list[str] | None = None) -> int:
    """Run; return 0 if nine of ten mutants are killed."""
    command = argparse.ArgumentParser(prog="python -m tests.rdb.q_mutants", description=HELP)
    command.add_argument("--mutants", type=int, default=200, help="how many")
    command.add_argument("--seed", type=int, default=1, help="the same seed and files, the same mutants")
    command.add_argument("--processes", type=int, default=2, help="how many at once")
    command.add_argument("--tests", default="test_q_*.py", help="the modules in tests/rdb that run")
    command.add_argument("--again", type=Path, help="only those that survive by this file, an earlier output")
    args = command.parse_args(argv)
    survivors, by_file = Counter[str](), Counter[str]()

    def told(mutant: Mutant, killer: str) -> None:
        by_file[mutant.file] += 1
        survivors[mutant.file] += not killer
        print(f"{mutant}: {killer or SURVIVES}", flush=True)  # noqa: T201

    mutants = sample(args.mutants, args.seed)
    if args.again:
        earlier = args.again.read_text().splitlines()
        mutants = [mutant for mutant in mutants if f"{mutant}: {SURVIVES}" in earlier]
    killer = Killer(mutants, args.processes, told, args.tests)
    killer.run()
    if killer.failed:
        command.exit(2, f"a test fails without a mutant: {killer.failed}\n")
    files = ", ".join(f"{count} of {file}" for file, count in sorted(by_file.items()))
    killed = by_file.total() - survivors.total()
    print(f"seed {args.seed}: {killed} of {by_file.total()} mutants are killed ({files})")  # noqa: T201
    return int(killed < 0.9 * by_file.total())


if __name__ == "__main__":
    sys.exit(main())
