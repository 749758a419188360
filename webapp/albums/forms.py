from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from webapp.albums.found import UnreadableError
from webapp.albums.reading import Upload, name_of, read_upload


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class _SeveralFilesField(forms.FileField):
    """Whatever was sent; what it is worth is for `clean_photos` to say."""

    widget = _SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        return [file for file in data or [] if file]


class AlbumForm(forms.Form):
    """Photos, or one ZIP of them. After `is_valid`: `upload` and `name`."""

    photos = _SeveralFilesField(required=False)
    upload: Upload
    name = ""

    def clean_photos(self) -> "Sequence[UploadedFile[bytes]]":
        files: Sequence[UploadedFile[bytes]] = self.cleaned_data["photos"]
        try:
            self.upload = read_upload(files)
        except UnreadableError as error:
            raise forms.ValidationError(str(error), code="unreadable") from error
        self.name = name_of(files)
        return files
