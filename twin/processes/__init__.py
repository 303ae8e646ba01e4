"""A cluster of real processes on the embedded AWS, in real time."""
