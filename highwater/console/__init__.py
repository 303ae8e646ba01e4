"""The console: a page on this machine that the command serves, and for which it signs."""
