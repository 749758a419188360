"""What visitors chose to leave: kept answers, votes, questions without an answer. Nothing else is stored."""
