"""`highwater-rdb check`: finds what is wrong with a host."""
