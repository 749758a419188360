"""What an operator types."""

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_REPLICAS = 100
MOST_SEEN = 2**31 - 1


class ScaleForm(forms.Form):
    """The wished number of replicas, and what was seen when it was wished; the latter travels hidden."""

    replicas = forms.IntegerField(
        label=_("Replicas"),
        min_value=0,
        max_value=MOST_REPLICAS,
        error_messages={
            "required": _("Type a number of replicas."),
            "invalid": _("Type a whole number, such as 3."),
            "min_value": _("The smallest number is 0."),
            "max_value": _("The largest number is %(limit_value)s."),
        },
    )


class SeenForm(forms.Form):
    """The hidden part of the confirmation: what the operator saw, and which form this is."""

    seen = forms.IntegerField(min_value=0, max_value=MOST_SEEN)
    resource_version = forms.CharField(max_length=64)
    request = forms.UUIDField()
