from django.urls import path

from webapp.faq.suggestions import suggest
from webapp.faq.views import ask

urlpatterns = [path("", ask, name="faq"), path("suggestions/", suggest, name="faq-suggestions")]
