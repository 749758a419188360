"""The control loops of the practice cluster: each compares what is wanted with what is, and takes one step."""
