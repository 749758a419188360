"""Photos from the web, by their address: what may be asked, and asking it."""
