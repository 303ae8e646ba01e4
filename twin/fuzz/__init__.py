"""The fuzz harness: clusters through random days with faults, and the invariants after each step."""
