"""Ask a question: the page, its suggestions, the API."""
