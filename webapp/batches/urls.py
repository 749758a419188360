from django.urls import path

from webapp.batches import views

urlpatterns = [
    path("", views.upload, name="batches"),
    path("<str:batch_id>/", views.show, name="batch"),
    path("<str:batch_id>/answers.csv", views.download, name="batch-csv"),
    path("<str:batch_id>/cancel/", views.cancel, name="cancel-batch"),
    path("<str:batch_id>/continue/", views.go_on, name="continue-batch"),
    path("<str:batch_id>/delete/", views.delete, name="delete-batch"),
]
