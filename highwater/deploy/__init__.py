"""Deploys Highwater to AWS, checks it, and takes it away again."""
