"""The core: pure functions over frozen data, with the time passed in."""
