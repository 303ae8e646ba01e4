"""Commands: what an operator's command changes."""
