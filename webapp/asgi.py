import os

from django.core.asgi import get_asgi_application

from webapp.body_limits import LimitBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
application = LimitBodies(get_asgi_application())
