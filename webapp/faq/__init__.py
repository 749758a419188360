"""Ask a question: the page and the API."""
