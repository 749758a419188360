from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchesConfig(AppConfig):
    name = "webapp.batches"
    verbose_name = _("Many questions")
    default_auto_field = "django.db.models.BigAutoField"
