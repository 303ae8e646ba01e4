"""The adapters: one module for each AWS service, each a thin layer over its client."""
