"""Addresses of the panel. Every one names who may come: there is no other way to add one."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from cluster_admin.permissions import View, guarded, may_scale, may_see
from cluster_admin.views import changes, overview, pods, scaling

app_name = "ops"


def page(route: str, view: View, allowed: Callable[[Any], bool], name: str) -> URLPattern:
    return path(route, guarded(view, allowed), name=name)


urlpatterns = [
    page("", overview.overview, may_see, "overview"),
    page("live/", overview.live, may_see, "live"),
    page("pods/<str:name>/", pods.pod, may_see, "pod"),
    page("scale/<str:name>/", scaling.scale_deployment, may_scale, "scale"),
    page("changes/", changes.changes, may_see, "changes"),
    page("changes/<int:pk>/", changes.change, may_see, "change"),
    page("changes/<int:pk>/live/", changes.change_live, may_see, "change-live"),
]
