"""Send a file of questions, watch it being answered, read the table, take the CSV, stop or delete it."""

from http import HTTPStatus
from pathlib import PurePath

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scoring.contract.problems import Problem
from webapp.batches import chunks, tasks, writing
from webapp.batches.forms import QuestionsForm
from webapp.batches.models import Batch, Chunk
from webapp.batches.reading import MAX_ROWS
from webapp.faq.answers import line_html
from webapp.leases.working import waits_for_queue
from webapp.messages import message_of
from webapp.pages import fragment_or_page
from webapp.problems import message
from webapp.spreadsheets import CSV_TYPE
from webapp.throttles import Throttle

CHUNKS_A_PAGE = 2
_throttle = Throttle("batches", most=20, seconds=600)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form; with a file, its batch is made and begun."""
    if request.method != "POST":
        return _form(request, "", HTTPStatus.OK)
    form = QuestionsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, str(form.errors["file"][0]), HTTPStatus.UNPROCESSABLE_ENTITY)
    if not _throttle.allows(request):
        response = _form(request, _("That was often. Wait a few minutes and try again."), HTTPStatus.TOO_MANY_REQUESTS)
        response["Retry-After"] = str(_throttle.seconds)
        return response
    batch = chunks.make_batch(form.name, form.questions)
    tasks.nudge(batch.pk)
    return redirect("batch", batch.pk)


def refused_batch(request: HttpRequest, found: Problem) -> HttpResponse:
    """The page for a file whose body was not read."""
    return _form(request, message(found), found.status)


@require_safe
@never_cache
def show(request: HttpRequest, batch_id: str) -> HttpResponse:
    """Progress and the table. htmx asks for the progress each second, with the table while rows of it are to come."""
    batch = _find(batch_id)
    page = _page(request, batch)
    waiting = any(chunk.results is None for chunk in page)
    context: dict[str, object] = {
        "batch": batch,
        "is_queue_away": waits_for_queue(batch),
        "State": Batch.State,
        "page": page,
        "rows": _rows(batch, page),
        "ask": f"{request.path}?page={page.number}{'&table=1' if waiting else ''}",
        "with_table": bool(request.htmx) and "table" in request.GET,  # type: ignore[attr-defined]
    }
    return fragment_or_page(request, "batches/progress.html", "batches/batch.html", context, HTTPStatus.OK)


@require_safe
@never_cache
def download(request: HttpRequest, batch_id: str) -> HttpResponse:
    batch = _find(batch_id)
    name = slugify(PurePath(batch.file_name).stem) or "questions"
    headers = {"Content-Disposition": f'attachment; filename="{name}-answered.csv"'}
    return HttpResponse(writing.csv_bytes(batch), content_type=CSV_TYPE, headers=headers)


@require_POST
def cancel(request: HttpRequest, batch_id: str) -> HttpResponse:
    chunks.cancel(_find(batch_id))
    return redirect("batch", batch_id)


@require_POST
def go_on(request: HttpRequest, batch_id: str) -> HttpResponse:
    if chunks.go_on(_find(batch_id)):
        tasks.nudge(batch_id)
    return redirect("batch", batch_id)


@require_POST
def delete(request: HttpRequest, batch_id: str) -> HttpResponse:
    _find(batch_id).delete()
    messages.success(request, _("The file and its answers are deleted."))
    return redirect("batches")


def _find(batch_id: str) -> Batch:
    batch = chunks.leases.find(batch_id)
    if batch is None:
        raise Http404
    return batch


def _form(request: HttpRequest, error: str, status: int) -> HttpResponse:
    return render(request, "batches/upload.html", {"error": error, "max_rows": MAX_ROWS}, status=status)


def _page(request: HttpRequest, batch: Batch) -> "Page[Chunk]":
    return Paginator(batch.chunks.order_by("number"), CHUNKS_A_PAGE).get_page(request.GET.get("page"))


def _rows(batch: Batch, page: "Page[Chunk]") -> list[dict[str, object]]:
    first = page.start_index() - 1
    return [_row(**found) for found in writing.rows(batch, first, page.end_index())]


def _row(number: int, question: str, result: dict[str, object]) -> dict[str, object]:
    entry = line_html(str(result["question"])) if "question" in result else ""
    error = message_of(str(result.get("error", "")))
    return {"number": number, "question": question, "result": result, "entry": entry, "error": error}
