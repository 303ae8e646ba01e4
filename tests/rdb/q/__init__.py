"""An evaluator of the subset of q that the files of rdb/q use, and a cluster of such processes.

It is strict: what it does not know is Unsupported, which no trap of q code catches. It is not q: docs/q.md
says what it shows and what it cannot.
"""
