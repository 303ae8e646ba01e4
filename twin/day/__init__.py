"""One simulated trading day, its referee and its page."""
