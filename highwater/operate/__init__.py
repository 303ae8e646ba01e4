"""Operate: what people ask of a running control plane, through its HTTP API."""
