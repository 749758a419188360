"""The practice cluster: a small Kubernetes API whose pods are real processes of this machine.

What kubectl cannot do here, and is told so: enter pods (exec, attach, port-forward, cp), server-side apply, metrics
(top), autoscalers, config maps and secrets, new Services, deleting nodes and namespaces, and the commands that send
protobuf of kinds other than deployments and namespaces (create job, create service; their `--dry-run=client -o yaml`
works). Fields that change nothing here are kept, and a client that asks for field validation is warned of them.
"""
