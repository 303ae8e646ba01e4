"""Reconcile: observe, decide, commit, act, record."""
