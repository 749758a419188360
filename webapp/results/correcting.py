"""Put a label right: one of the model's own, or none of them."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from scoring.contract.images import Label
from scoring.contract.problems import ProblemError
from webapp.headers import request_id
from webapp.images.copies import copy_of
from webapp.images.labels import labels_of, named, search
from webapp.images.sealed import SealedPhoto
from webapp.pages import form_of, fragment_or_page
from webapp.problems import message
from webapp.results import voting
from webapp.results.answering import not_stored, refused, said
from webapp.results.forms import CorrectionForm

BACK = "images"


class UnclearError(ValueError):
    """It is not known which label is meant: the message says why, `found` are those that it may be."""

    def __init__(self, why: str, found: list[Label] | None = None) -> None:
        super().__init__(why)
        self.found = found or []


@form_of(BACK)
def correct(request: HttpRequest) -> HttpResponse:
    form = CorrectionForm(request.POST, request.FILES)
    if refusal := refused(request, form, BACK):
        return refusal
    sealed = form.cleaned_data["sealed"]
    with_photo = form.cleaned_data["with_photo"]
    try:
        right = _right(form, sealed)
        photo = copy_of(form.photo, request_id(request)) if with_photo else None
    except UnclearError as error:
        return _which(request, form, error)
    except ProblemError as error:
        return not_stored(request, message(error.problem), error.problem.status, BACK)
    voting.correct(sealed, right, photo)
    return said(request, {"corrected": True, "with_photo": with_photo, "back": BACK}, HTTPStatus.OK)


def _right(form: CorrectionForm, sealed: SealedPhoto) -> Label | None:
    """The label that is meant; None for none of them. Raises UnclearError, ProblemError."""
    if form.cleaned_data["none_of_them"]:
        return None
    labels = labels_of(sealed.timed.answer.receipt.version)
    chosen, text = form.cleaned_data["chosen"], form.cleaned_data["label"]
    right = next((label for label in labels if label.id == chosen), None) or named(text, labels)
    if right is None:
        raise _unclear(text, search(text, labels))
    if right.id == sealed.timed.answer.predictions[0].id:
        raise UnclearError(_("That is what the model said. Choose another label."))
    return right


def _unclear(text: str, found: list[Label]) -> UnclearError:
    if not text:
        return UnclearError(_("Type what the photo shows, or tick that it is none of them."))
    if not found:
        return UnclearError(_("The model has no label like this. Try another word, or tick that it is none of them."))
    return UnclearError(_("Which of these is it?"), found)


def _which(request: HttpRequest, form: CorrectionForm, why: UnclearError) -> HttpResponse:
    """The same fields again, with the labels that may be meant. The page without a script carries the photo on."""
    context = {
        "unclear": str(why),
        "found": why.found,
        "given": form.cleaned_data,
        "sealed": form.data.get("sealed", ""),
        "carried": {name: form.data.get(name, "") for name in ("copy", "example") if form.data.get(name)},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return fragment_or_page(request, "images/flag.html", "images/flag_page.html", context, status)
