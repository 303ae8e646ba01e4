"""The host: settings, identity, memory, metadata, log, AWS."""
