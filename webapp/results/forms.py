from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.faq.sealed import Sealed, SealError, unseal
from webapp.results.models import Feedback

STALE = _("This page has been open for long. Ask again, then press the button.")


class SealedForm(forms.Form):
    """An answer that this site has shown. After `is_valid`, `cleaned_data["sealed"]` is a Sealed."""

    sealed = forms.CharField(max_length=500_000, error_messages={"required": STALE})

    def clean_sealed(self) -> Sealed:
        try:
            return unseal(self.cleaned_data["sealed"])
        except SealError as error:
            raise forms.ValidationError(STALE, code="stale") from error

    def first_error(self) -> str:
        return next(str(found[0]) for found in self.errors.values())


class VoteForm(SealedForm):
    verdict = forms.ChoiceField(choices=Feedback.Verdict.choices)
    reason = forms.ChoiceField(choices=Feedback.Reason.choices, required=False)
    remark = forms.CharField(max_length=500, required=False)
