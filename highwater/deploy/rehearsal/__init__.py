"""Tests EC2 Auto Scaling's rules on a group that exists only for that."""
