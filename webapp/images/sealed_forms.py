from base64 import b64decode
from binascii import Error as Base64Error

from django import forms
from django.utils.translation import gettext

from scoring.contract.limits import MAX_IMAGE_BYTES
from webapp.images.examples import find
from webapp.images.explaining import BEST, Answered
from webapp.images.sealed import Sealed, unseal, unseal_comparison
from webapp.sealed_forms import SealedForm

STRENGTHS = (40, 70, 100)
USUAL_STRENGTH = 70


class SealedPhotoForm(SealedForm):
    """What was said of a photo, and the photo that it belongs to.

    It comes as the file that was shown, as the name of an example, or in the copy that the page itself carries.
    """

    image = forms.FileField(required=False, allow_empty_file=True)
    example = forms.CharField(required=False)
    copy = forms.CharField(required=False, max_length=2 * MAX_IMAGE_BYTES)
    photo = b""

    def unsealed(self, text: str) -> Sealed:
        return unseal(text)

    def stale(self) -> str:
        return gettext("This page has been open for long. Show the photo again, then press the button.")

    def needs_photo(self) -> bool:
        return True

    def clean(self) -> None:
        sealed = self.cleaned_data.get("sealed")
        if isinstance(sealed, Sealed) and self.needs_photo():
            self.photo = self._sent()
            if not sealed.is_of(self.photo):
                said = gettext("The photo did not come along. Show it again, then press the button.")
                raise forms.ValidationError(said, code="another-photo")

    def _sent(self) -> bytes:
        if self.cleaned_data.get("image"):
            return bytes(self.cleaned_data["image"].read())
        if example := find(self.cleaned_data.get("example", "")):
            return example.photo.read_bytes()
        try:
            return b64decode(self.cleaned_data.get("copy", ""), validate=True)
        except (Base64Error, ValueError):
            return b""


class SealedComparisonForm(SealedPhotoForm):
    def unsealed(self, text: str) -> Sealed:
        return unseal_comparison(text)


class LookForm(SealedPhotoForm):
    """For which of the labels that are shown to say where a model looked, and how strongly to show it, in percent."""

    where = forms.CharField(required=False)
    model = forms.CharField(required=False)
    strength = forms.CharField(required=False)

    def models(self) -> tuple[Answered, ...]:
        sealed = self.cleaned_data.get("sealed")
        return sealed.models if isinstance(sealed, Sealed) else ()

    def clean_where(self) -> str:
        """The id of the class, or BEST; "" for none."""
        shown = {row.id for model in self.models() for row in model.answer.predictions}
        return self.cleaned_data["where"] if self.cleaned_data["where"] in {BEST, *shown} else ""

    def clean_model(self) -> Answered | None:
        """By its place on the page, the first one unless another is named; None where nothing is sealed."""
        places = {str(place): model for place, model in enumerate(self.models())}
        return places.get(self.cleaned_data["model"], places.get("0"))

    def clean_strength(self) -> int:
        given = self.cleaned_data["strength"]
        return int(given) if given in map(str, STRENGTHS) else USUAL_STRENGTH


class LookBothForm(SealedComparisonForm, LookForm):
    """The same of both models of a comparison."""
