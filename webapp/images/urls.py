from django.urls import path

from webapp.images.views import classify, thumbnail

urlpatterns = [
    path("", classify, name="images"),
    path("examples/<slug:name>.jpg", thumbnail, name="image-example"),
]
