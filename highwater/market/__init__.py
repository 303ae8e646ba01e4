"""A market and the cluster that holds its data: feed, tickerplant, RDBs and their reporters, as pure models.

Time is an argument and nothing here does I/O; whoever drives a model says when things happen.
"""
