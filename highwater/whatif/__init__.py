"""A day in a second: the real core on the model of the market and a group in memory, without any AWS."""
