from django.urls import path

from webapp.albums import views

urlpatterns = [
    path("", views.upload, name="albums"),
    path("<str:album_id>/", views.show, name="album"),
    path("<str:album_id>/labels.csv", views.download, name="album-csv"),
    path("<str:album_id>/photos/<int:number>", views.photo, name="album-photo"),
    path("<str:album_id>/cancel/", views.cancel, name="cancel-album"),
    path("<str:album_id>/continue/", views.go_on, name="continue-album"),
    path("<str:album_id>/delete/", views.delete, name="delete-album"),
]
