"""The JSON API, its schema and its documentation."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from webapp.api_reference import api_docs
from webapp.faq.api import FaqMatches
from webapp.images.api import ImagePredictions

urlpatterns = [
    path("v1/faq/matches", FaqMatches.as_view(), name="api-faq-matches"),
    path("v1/images/predictions", ImagePredictions.as_view(), name="api-image-predictions"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", api_docs, name="api-docs"),
]
