"""Where a photo is while its answer stands on the page, so that a button below can send it along again.

The site itself holds nothing: where a script asks, the photo is in the browser, an example lies here under its name,
and for a page without a script it is in the page, as the scorer's small copy.
"""

from base64 import b64encode
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from webapp.images.answers import embedded
from webapp.images.by_address import AddressForm
from webapp.images.examples import Example, find
from webapp.images.forms import PhotoForm
from webapp.images.sealed_forms import SealedPhotoForm

BROWSER, EXAMPLE, PAGE = "browser", "example", "page"
COPY_TYPE, COPY_NAME = "image/jpeg", "photo.jpg"


@dataclass(frozen=True, slots=True)
class Carried:
    """`photo` is what will be sent along, `address` what the page shows; `copy` the photo in base64 within the page."""

    where: str
    photo: bytes
    address: str = ""
    copy: str = ""


def place(request: HttpRequest, form: PhotoForm) -> str:
    if form.cleaned_data["example"]:
        return EXAMPLE
    return BROWSER if request.htmx else PAGE  # type: ignore[attr-defined]


def carried(where: str, form: PhotoForm, rendering: bytes | None) -> Carried:
    """`rendering` is the scorer's copy, where the page is to carry it."""
    if where == EXAMPLE:
        return of_example(form.cleaned_data["example"], form.photo)
    if where == BROWSER:
        # What the site has fetched, the script takes out of the page.
        return Carried(
            where, form.photo, embedded(form.media_type, form.photo) if isinstance(form, AddressForm) else ""
        )
    return in_page(rendering or b"")


def of_example(name: str, photo: bytes) -> Carried:
    return Carried(EXAMPLE, photo, reverse("image-example", args=[name]))


def in_page(copy: bytes) -> Carried:
    return Carried(PAGE, copy, embedded(COPY_TYPE, copy) if copy else "", b64encode(copy).decode())


def carried_again(form: SealedPhotoForm) -> tuple[Example | None, Carried]:
    """Where the photo that came with a sealed answer is: the example, the browser's own file, or the page."""
    if example := find(form.cleaned_data["example"]):
        return example, of_example(example.name, form.photo)
    return None, Carried(BROWSER, form.photo) if form.cleaned_data["image"] else in_page(form.photo)
