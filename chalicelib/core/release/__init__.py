"""Release: what an RDB has to prove before it is terminated."""
