from django.urls import path

from webapp.results import views

urlpatterns = [
    path("feedback/", views.vote, name="vote"),
    path("kept/", views.keep, name="keep"),
    path("kept/<str:kept_id>/", views.kept, name="kept"),
    path("kept/<str:kept_id>/delete/", views.delete, name="delete-kept"),
]
