"""Measures this program beside others, on the machine it runs on."""
