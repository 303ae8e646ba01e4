"""Drills: days with scripted faults, and what must come of each."""
