"""Sizes a cluster on days of one's own: what each choice costs, and what it risks."""
