"""A day with scripted events: what happens to the cluster, and what an operator does, at which time."""
