"""The same model in other serving frameworks, each as its documentation shows it."""
