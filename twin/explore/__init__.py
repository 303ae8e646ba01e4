"""Every order of what can happen to a small cluster, walked breadth first with the real core and controller."""
