"""Finds the FAQ entry that answers a question: a scikit-learn model, trained from one file, served as one process."""
