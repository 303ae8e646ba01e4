"""Builds what is deployed: the functions' package and the reporter's wheel."""
