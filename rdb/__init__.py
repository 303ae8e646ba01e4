"""Runs on an RDB's host beside q: the command `highwater-rdb`, and the q files."""
