"""The command for people: sizes and deploys Highwater, operates it, and takes it away again."""

__version__ = "0.4.0.dev0"
