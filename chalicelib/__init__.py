"""Highwater, the control plane: what runs in the functions."""
