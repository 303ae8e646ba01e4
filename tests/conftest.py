"""Property tests are repeatable here, and no test has a time limit: timings belong in benchmarks."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
