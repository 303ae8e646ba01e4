"""The reporter: decides when to report, and sends reports and metrics."""
