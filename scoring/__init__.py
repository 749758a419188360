"""Everything about models: what is said to them, how they are served, how they are made. No Django below here."""

__version__ = "0.1.0"
