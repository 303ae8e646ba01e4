"""Capacity: how much room there is, how much is wanted, and the raise between the two."""
