from django.urls import path

from webapp.faq.views import ask

urlpatterns = [path("", ask, name="faq")]
