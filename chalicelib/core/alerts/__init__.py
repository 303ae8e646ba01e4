"""Alerts: what people are told, from when to when.

A function `with_...`, `without_...` or `after_...` returns the ledger with the facts that an alert needs
later: since when, how often. Any other public function judges the facts of one decision, and keeps nothing.
cluster_alerts.py gathers the alerts of a decision; telling.py compares them with what people were told.
"""
