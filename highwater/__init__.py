"""The command for people: deploys Highwater to AWS, checks it, and takes it away again."""

__version__ = "0.2.0"
