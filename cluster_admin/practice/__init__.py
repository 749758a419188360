"""The practice cluster: a subset of the Kubernetes REST API whose scoring pods are real processes on this machine.

What kubectl cannot do here, and is told: enter pods (exec, attach, port-forward), server-side apply, metrics (top), new
Services, deleting nodes and namespaces, and any kind that is not served. Fields that change nothing here are kept;
a client that asks for field validation is warned of them. Of protobuf only what kubectl sends unasked is read.
"""
