from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from webapp.batches.reading import EMPTY, UnreadableError, read_questions

MISSING = _("Choose a CSV file first.")


class QuestionsForm(forms.Form):
    """A CSV file. After `is_valid`: `questions` and `name`."""

    file = forms.FileField(error_messages={"required": MISSING, "empty": EMPTY, "missing": MISSING, "invalid": MISSING})
    questions: list[str] = []
    name = ""

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            self.questions = read_questions(upload.read())
        except UnreadableError as error:
            raise forms.ValidationError(str(error), code="unreadable") from error
        self.name = upload.name or "questions.csv"
        return upload
