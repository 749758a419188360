from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlbumsConfig(AppConfig):
    name = "webapp.albums"
    verbose_name = _("Many photos")
    default_auto_field = "django.db.models.BigAutoField"
