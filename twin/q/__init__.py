"""Plays q over kdb+ IPC."""
