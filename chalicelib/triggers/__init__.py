"""The triggers: each validates a fact and queues a wake-up."""
