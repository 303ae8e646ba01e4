"""Releases that go in and out in mid-day: the newest tag, made-up ones, and ones that break a rule."""
