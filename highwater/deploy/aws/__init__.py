"""Adapters: they read an account and change it."""
