"""Long work cut into chunks: who works on which, results written once, nothing lost when a worker dies."""
