"""The twin: an embedded AWS, simulated markets and hosts. Equipment, never deployed."""
