"""Every address of the site."""

from django.urls import include, path

from webapp.pages import favicon, set_theme
from webapp.results.admin import review

urlpatterns = [
    path("", include("webapp.faq.urls")),
    path("", include("webapp.results.urls")),
    path("questions/", include("webapp.batches.urls")),
    path("images/many/", include("webapp.albums.urls")),
    path("images/", include("webapp.images.urls")),
    path("ops/", include("cluster_admin.urls")),
    path("", include("webapp.accounts.urls")),
    path("admin/", review.urls),
    path("api/", include("webapp.api")),
    path("", include("webapp.health")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("theme/", set_theme, name="set-theme"),
    path("favicon.ico", favicon),
]

handler400 = "webapp.bodies.bad_request"
handler403 = "webapp.pages.permission_denied"
handler404 = "webapp.pages.not_found"
handler500 = "webapp.pages.server_error"
