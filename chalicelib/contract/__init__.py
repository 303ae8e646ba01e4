"""The contract between hosts and control plane. It imports only relatively: hosts get a copy."""
