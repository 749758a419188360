from importlib import import_module

from django.apps import AppConfig


class WebappConfig(AppConfig):
    name = "webapp"

    def ready(self) -> None:
        """Register the system checks and make the Celery application known, which is done by importing them."""
        import_module("webapp.checks")
        import_module("webapp.celery")
