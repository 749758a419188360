from http import HTTPStatus

from django import forms
from django.core.files.uploadedfile import UploadedFile

from scoring.contract.limits import DEFAULT_TOP, MAX_TOP
from scoring.contract.problems import Problem, ProblemError
from webapp.images.examples import find
from webapp.images.photos import media_type
from webapp.problems import message, problem

TOPS = (1, 3, 5, 10, MAX_TOP)


class PhotoForm(forms.Form):
    """A photo, or the name of an example. After `is_valid`: `photo`, `media_type`, `name`; otherwise `problem`."""

    image = forms.FileField(required=False, allow_empty_file=True)
    example = forms.CharField(required=False)
    top = forms.CharField(required=False)
    compare = forms.BooleanField(required=False)
    # Beside which field of the page the problem is said.
    error_name = "error"
    problem: Problem | None = None
    photo = b""
    media_type = ""
    name = ""

    def clean(self) -> None:
        try:
            self._read()
            self.media_type = media_type(self.photo)
        except ProblemError as error:
            self.problem = error.problem
            raise forms.ValidationError(message(error.problem), code=error.problem.code) from error

    def clean_top(self) -> int:
        """How many labels to show; the usual number where what came is none of those on offer."""
        given = self.cleaned_data["top"]
        return int(given) if given in map(str, TOPS) else DEFAULT_TOP

    def _read(self) -> None:
        """Raises ProblemError."""
        upload: UploadedFile[bytes] | None = self.cleaned_data.get("image")
        example_name = self.cleaned_data.get("example", "")
        if example_name:
            example = find(example_name)
            if example is None:
                raise _refused("unknown-example", "There is no such example photo.", "example")
            self.photo, self.name = example.photo.read_bytes(), example.photo.name
        elif upload is not None:
            self.photo, self.name = upload.read(), upload.name or "photo"
        else:
            raise _refused("image-missing", "Send a photo.", "image")


def _refused(code: str, detail: str, field: str) -> ProblemError:
    return ProblemError(problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, field))
