from django.urls import path

from webapp.images.looking import explanation, look, look_both
from webapp.images.suggestions import suggest
from webapp.images.views import classify, thumbnail, thumbnails

urlpatterns = [
    path("", classify, name="images"),
    path("explanation", explanation, name="image-explanation"),
    path("explanation/both", explanation, {"both": True}, name="image-explanation-both"),
    path("look", look, name="image-look"),
    path("look/both", look_both, name="image-look-both"),
    path("labels/", suggest, name="image-labels"),
    path("examples/all.jpg", thumbnails, name="image-examples"),
    path("examples/<slug:name>.jpg", thumbnail, name="image-example"),
]
