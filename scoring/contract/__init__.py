"""What the site and the scorers say to each other. Standard library only; refuses what it does not know."""
