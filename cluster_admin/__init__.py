"""The operations panel: pods and nodes of the scoring services, and changes to them.

Knows nothing of webapp or scoring.
"""
