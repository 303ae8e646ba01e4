"""Random mutants of the q files, and which tests kill them: `python -m tests.rdb.q_mutants --help`."""
