"""Alerts: what people are told, from when to when."""
