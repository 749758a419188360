from django.urls import path

from webapp.results import views
from webapp.results.correcting import correct

urlpatterns = [
    path("feedback/", views.vote, name="vote"),
    path("kept/", views.keep, name="keep"),
    # Photos come in only below images/: nowhere else is a body of their size read.
    path("images/kept/", views.keep_photo, name="keep-photo"),
    path("images/kept/both/", views.keep_comparison, name="keep-comparison"),
    path("images/corrections/", correct, name="correct"),
    path("kept/<str:kept_id>/", views.kept, name="kept"),
    path("kept/<str:kept_id>/photo.jpg", views.photo, name="kept-photo"),
    path("kept/<str:kept_id>/delete/", views.delete, name="delete-kept"),
]
