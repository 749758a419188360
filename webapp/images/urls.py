from django.urls import path

from webapp.images.explaining import explanation
from webapp.images.suggestions import suggest
from webapp.images.views import classify, look, look_both, thumbnail, thumbnails

urlpatterns = [
    path("", classify, name="images"),
    path("explanation", explanation, name="image-explanation"),
    path("look", look, name="image-look"),
    path("look/both", look_both, name="image-look-both"),
    path("labels/", suggest, name="image-labels"),
    path("examples/all.jpg", thumbnails, name="image-examples"),
    path("examples/<slug:name>.jpg", thumbnail, name="image-example"),
]
