"""The Kubernetes REST API of the practice cluster: what the official clients and kubectl need, and no more."""
