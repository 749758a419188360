"""`make demo`: everything of Scoredeck on one machine, from one command."""
