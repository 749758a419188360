from importlib import import_module

from django.apps import AppConfig


class WebappConfig(AppConfig):
    name = "webapp"

    def ready(self) -> None:
        """Register the system checks, which is done by importing them."""
        import_module("webapp.checks")
