"""Facts: what is known of a cluster, and how a wake-up changes it."""
