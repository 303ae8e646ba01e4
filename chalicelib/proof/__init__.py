"""Proof: who sent a report is settled with AWS STS."""
