from django import forms
from django.utils.translation import gettext

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
