"""Send many photos, watch them being named, look through them, take the CSV, stop or delete it all."""

from http import HTTPStatus
from pathlib import PurePath

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from scoring.contract.limits import IMAGE_TYPES, MAX_IMAGE_BYTES
from scoring.contract.problems import Problem
from webapp.albums import tasks, writing
from webapp.albums.filters import SURE, Filters
from webapp.albums.forms import AlbumForm
from webapp.albums.found import MOST_BYTES, MOST_PHOTOS, UnreadableError
from webapp.albums.models import Album, PhotoBytes
from webapp.albums.receiving import has_room, leases, receive
from webapp.albums.rows import Row, rows
from webapp.images.page import SENT_SIDE
from webapp.leases.working import waits_for_queue
from webapp.messages import FORMATS, message_of
from webapp.pages import fragment_or_page
from webapp.problems import message
from webapp.spreadsheets import CSV_TYPE
from webapp.throttles import Throttle

PHOTOS_A_PAGE = 48
TEN_MINUTES = 600
# A photo is somebody's file: it is shown as the picture that its first bytes say it is, and can do nothing.
PHOTO_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
EXTENSIONS = {media_type: media_type.removeprefix("image/") for media_type in IMAGE_TYPES} | {"image/jpeg": "jpg"}
ZIP_TYPES = (".zip", "application/zip", "application/x-zip-compressed")
_throttle = Throttle("albums", most=20, seconds=TEN_MINUTES)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form; with photos, their album is made and begun."""
    if request.method != "POST":
        return _form(request, "", HTTPStatus.OK)
    if not _throttle.allows(request):
        return _later(request, _("That was often. Wait a few minutes and try again."), HTTPStatus.TOO_MANY_REQUESTS)
    if not has_room():
        return _later(request, message_of("site-full"), HTTPStatus.SERVICE_UNAVAILABLE)
    form = AlbumForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, str(form.errors["photos"][0]), HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        album = receive(form.upload, form.name)
    except UnreadableError as error:
        return _form(request, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    tasks.nudge(album.pk)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponseClientRedirect(reverse("album", args=[album.pk]))
    return redirect("album", album.pk)


def refused_album(request: HttpRequest, found: Problem) -> HttpResponse:
    """The page for an upload whose body was not read."""
    return _form(request, message(found), found.status)


@require_safe
@never_cache
def show(request: HttpRequest, album_id: str) -> HttpResponse:
    """Progress and the grid. htmx asks for the progress and the grid each second."""
    album = _find(album_id)
    every, filters = rows(album), Filters.asked(request.GET)
    page = Paginator(filters.fitting(every), PHOTOS_A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, object] = {
        "album": album,
        "batch": album,
        "is_queue_away": waits_for_queue(album),
        "State": Album.State,
        "filters": filters,
        "labels": filters.labels(every),
        "sures": filters.sures(every),
        "total": len(every),
        "are_calibrated": any(row.confidence is not None for row in every),
        "unreadable": sum(row.sure == "unreadable" for row in every),
        "page": page,
        "cells": [_cell(row) for row in page],
        "previous": filters.query(page=page.number - 1),
        "next": filters.query(page=page.number + 1),
        "ask": f"{request.path}?{filters.query(page=page.number)}",
    }
    return fragment_or_page(request, "albums/progress.html", "albums/album.html", context, HTTPStatus.OK)


@require_safe
@never_cache
def download(request: HttpRequest, album_id: str) -> HttpResponse:
    album = _find(album_id)
    name = slugify(PurePath(album.file_name).stem) or "photos"
    headers = {"Content-Disposition": f'attachment; filename="{name}-labels.csv"'}
    return HttpResponse(writing.csv_bytes(album), content_type=CSV_TYPE, headers=headers)


@require_safe
@cache_control(private=True, max_age=TEN_MINUTES)
def photo(request: HttpRequest, album_id: str, number: int) -> HttpResponse:
    """A photo, for who has the album's address."""
    stored = PhotoBytes.objects.filter(photo__album=_find(album_id), photo__number=number)
    found = stored.select_related("photo").first()
    if found is None:
        raise Http404
    media_type = found.photo.media_type
    headers = {**PHOTO_HEADERS, "Content-Disposition": f'attachment; filename="{number}.{EXTENSIONS[media_type]}"'}
    return HttpResponse(bytes(found.content), content_type=media_type, headers=headers)


@require_POST
def cancel(request: HttpRequest, album_id: str) -> HttpResponse:
    leases.cancel(_find(album_id))
    return redirect("album", album_id)


@require_POST
def go_on(request: HttpRequest, album_id: str) -> HttpResponse:
    if leases.go_on(_find(album_id)):
        tasks.nudge(album_id)
    return redirect("album", album_id)


@require_POST
def delete(request: HttpRequest, album_id: str) -> HttpResponse:
    _find(album_id).delete()
    messages.success(request, _("The photos and their labels are deleted."))
    return redirect("albums")


def _find(album_id: str) -> Album:
    album = leases.find(album_id)
    if album is None:
        raise Http404
    return album


def _later(request: HttpRequest, error: str, status: int) -> HttpResponse:
    response = _form(request, error, status)
    response["Retry-After"] = str(_throttle.seconds)
    return response


def _form(request: HttpRequest, error: str, status: int) -> HttpResponse:
    context: dict[str, object] = {
        "error": error,
        "types": ",".join(IMAGE_TYPES),
        "formats": FORMATS,
        "accept": ",".join((*IMAGE_TYPES, *ZIP_TYPES)),
        "most_photos": MOST_PHOTOS,
        "most_bytes": MOST_BYTES,
        "most_photo_bytes": MAX_IMAGE_BYTES,
        "side": SENT_SIDE,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "albums/error.html", context, status=status)
    return render(request, "albums/upload.html", context, status=status)


def _cell(row: Row) -> dict[str, object]:
    return {"row": row, "sure": SURE[row.sure], "error": message_of(row.error) if row.error else ""}
