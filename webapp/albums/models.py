"""Photos that came together. Their bytes lie in the database: site and workers may run on different machines."""

from django.db import models

from webapp.leases.models import LeasedBatch, LeasedChunk


class Album(LeasedBatch):
    """One upload: `rows` files, and `skipped` hidden ones that were left out."""

    skipped = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.rows} photos, {self.state}"


class Chunk(LeasedChunk):
    """Some of an album's photos, in order: `size` of them from `first_row` on.

    A suspect is one photo at which the scorer has failed: it is asked about alone, and `failures` counts how often the
    scorer failed then. Its result stands in the place of the None in the chunk that it was part of.
    """

    batch = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="chunks")
    size = models.PositiveIntegerField()
    is_suspect = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)

    class Meta(LeasedChunk.Meta):
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="one_album_chunk_a_number")]


class Photo(models.Model):
    """One file of an album. `error` is the code of what is wrong with it; then it has no bytes."""

    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="photos")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=20, blank=True)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["album", "number"], name="one_photo_a_number")]

    def __str__(self) -> str:
        return f"photo {self.number}"


class PhotoBytes(models.Model):
    """A photo as it was sent until it is named, then the scorer's small copy of it.

    Apart from the photo's row, so that no list of photos reads it.
    """

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, primary_key=True, related_name="stored")
    content = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"bytes of photo {self.photo_id}"
