"""Show a photo: the page and the API."""
