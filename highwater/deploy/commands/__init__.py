"""One module for each command, and one for the two that only build."""
