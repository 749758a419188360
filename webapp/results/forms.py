from base64 import b64decode
from binascii import Error as Base64Error

from django import forms
from django.utils.translation import gettext

from scoring.contract.limits import MAX_IMAGE_BYTES
from webapp.faq.sealed import Sealed, unseal
from webapp.images.examples import find
from webapp.images.sealed import SealedPhoto
from webapp.images.sealed import unseal as unseal_photo
from webapp.results.models import Feedback
from webapp.sealing import SealError


class SealedForm(forms.Form):
    """What this site has shown. After `is_valid`, `cleaned_data["sealed"]` is it."""

    sealed = forms.CharField(max_length=500_000, required=False)

    def unsealed(self, text: str) -> object:
        """Raises SealError."""
        raise NotImplementedError

    def stale(self) -> str:
        """What is said to who has waited too long."""
        return gettext("This page has been open for long. Ask again, then press the button.")

    def clean_sealed(self) -> object:
        try:
            return self.unsealed(self.cleaned_data["sealed"])
        except SealError as error:
            raise forms.ValidationError(self.stale(), code="stale") from error

    def first_error(self) -> str:
        return next(str(found[0]) for found in self.errors.values())


class AnswerForm(SealedForm):
    """The answer to a question."""

    def unsealed(self, text: str) -> Sealed:
        return unseal(text)


class VoteForm(AnswerForm):
    verdict = forms.ChoiceField(choices=Feedback.Verdict.choices)
    reason = forms.ChoiceField(choices=Feedback.Reason.choices, required=False)
    remark = forms.CharField(max_length=500, required=False)


class SealedPhotoForm(SealedForm):
    """The labels of a photo, and the photo that they belong to.

    It comes as the file that was shown, as the name of an example, or in the copy that the page itself carries.
    """

    image = forms.FileField(required=False, allow_empty_file=True)
    example = forms.CharField(required=False)
    copy = forms.CharField(required=False, max_length=2 * MAX_IMAGE_BYTES)
    photo = b""

    def unsealed(self, text: str) -> SealedPhoto:
        return unseal_photo(text)

    def stale(self) -> str:
        return gettext("This page has been open for long. Show the photo again, then press the button.")

    def needs_photo(self) -> bool:
        return True

    def clean(self) -> None:
        sealed = self.cleaned_data.get("sealed")
        if isinstance(sealed, SealedPhoto) and self.needs_photo():
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


class CorrectionForm(SealedPhotoForm):
    """What the photo shows in its sender's eyes: a label as text, or chosen by its id, or none of them."""

    label = forms.CharField(max_length=200, required=False)
    chosen = forms.CharField(max_length=200, required=False)
    none_of_them = forms.BooleanField(required=False)
    with_photo = forms.BooleanField(required=False)

    def needs_photo(self) -> bool:
        """It need not come along where it is not stored."""
        return bool(self.cleaned_data.get("with_photo"))
