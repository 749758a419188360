"""The Django project and the two demo pages."""
