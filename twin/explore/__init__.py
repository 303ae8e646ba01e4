"""The walk through every order of what can happen to a small cluster, with the real core and controller."""
