from django import forms
from django.utils.translation import gettext_lazy as _

from scoring.contract.faq import clean_question
from scoring.contract.reading import ContractError
from webapp.problems import from_contract, message

UNDECODABLE = "\N{REPLACEMENT CHARACTER}"


class QuestionForm(forms.Form):
    """One question. Django has replaced what was not UTF-8, so the replacement character is refused."""

    question = forms.Field(label=_("Your question"), required=False)

    def clean_question(self) -> str:
        raw = self.cleaned_data["question"] or ""
        try:
            if UNDECODABLE in raw:
                raise ContractError("not-utf8", "The question is not valid UTF-8 text.", "question")
            return clean_question(raw)
        except ContractError as error:
            raise forms.ValidationError(message(from_contract(error)), code=error.code) from error
