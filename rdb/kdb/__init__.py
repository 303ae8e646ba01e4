"""A client of kdb+ IPC, and q's part of the contract."""
