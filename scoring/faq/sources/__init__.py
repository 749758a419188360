"""Reads an FAQ from the forms that people have it in; every reader streams, and names file and line of a bad row."""
