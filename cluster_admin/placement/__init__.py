"""Which node takes a pod, and why the others do not: kube-scheduler's default profile as pure functions.

Taken into account: requests (sidecars and init containers too), extended resources, the number of pods, taints,
node selectors and affinity, cordons, readiness, host ports, topology spread, required pod (anti-)affinity.
Left out: volumes, preemption, preferred pod affinity, dynamic resource claims.
"""

from cluster_admin.placement.cluster import Cluster
from cluster_admin.placement.model import Node, PodRequest
from cluster_admin.placement.reading import read_node, read_pod
from cluster_admin.placement.scheduling import Decision, Outcome, decide, simulate

__all__ = ["Cluster", "Decision", "Node", "Outcome", "PodRequest", "decide", "read_node", "read_pod", "simulate"]
