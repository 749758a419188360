"""The practice cluster: a subset of the Kubernetes REST API whose scoring pods are real processes on this machine."""
