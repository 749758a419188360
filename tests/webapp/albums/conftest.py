from tests.webapp.results.conftest import nothing_counted

__all__ = ["nothing_counted"]
