from django import forms

from webapp.faq.sealed import Sealed, unseal
from webapp.images.sealed_forms import SealedPhotoForm
from webapp.results.models import Feedback
from webapp.sealed_forms import SealedForm


class AnswerForm(SealedForm):
    """The answer to a question."""

    def unsealed(self, text: str) -> Sealed:
        return unseal(text)


class VoteForm(AnswerForm):
    verdict = forms.ChoiceField(choices=Feedback.Verdict.choices)
    reason = forms.ChoiceField(choices=Feedback.Reason.choices, required=False)
    remark = forms.CharField(max_length=500, required=False)


class CorrectionForm(SealedPhotoForm):
    """What the photo shows in its sender's eyes: a label as text, or chosen by its id, or none of them."""

    label = forms.CharField(max_length=200, required=False)
    chosen = forms.CharField(max_length=200, required=False)
    none_of_them = forms.BooleanField(required=False)
    with_photo = forms.BooleanField(required=False)

    def needs_photo(self) -> bool:
        """It need not come along where it is not stored."""
        return bool(self.cleaned_data.get("with_photo"))
