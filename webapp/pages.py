"""What every page has: the theme that the visitor chose, the nonce of its scripts, and pages for what went wrong."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from scoring.contract.problems import Problem
from webapp.headers import request_id
from webapp.problems import message, problem, response

THEMES = ("auto", "light", "dark")
# By the first step of the address.
SECTIONS = {"": "faq", "questions": "faq", "feedback": "faq", "images": "images", "ops": "ops", "api": "api"}
A_YEAR = 365 * 24 * 3600
A_DAY = 24 * 3600

View = Callable[[HttpRequest], HttpResponse]


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor: `theme` is auto, light or dark."""
    chosen = request.COOKIES.get("theme", "auto")
    return {"theme": chosen if chosen in THEMES else "auto"}


def nonce(request: HttpRequest) -> dict[str, str]:
    """Context processor: `csp_nonce`, which asking for it also puts into the header."""
    return {"csp_nonce": str(getattr(request, "csp_nonce", ""))}


def section(request: HttpRequest) -> dict[str, str]:
    """Context processor: `section` is the entry of the main navigation that the page belongs to; a view may say so."""
    if request.resolver_match is None:
        return {"section": ""}
    first = request.path.split("/")[1]
    return {"section": SECTIONS.get(first, "")}


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to the page it was chosen on."""
    chosen = request.POST.get("theme", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    answer = HttpResponseRedirect(back)
    if chosen in THEMES:
        answer.set_cookie("theme", chosen, max_age=A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return answer


def fragment_or_page(
    request: HttpRequest, fragment: str, page: str, context: dict[str, object], status: int
) -> HttpResponse:
    """The fragment where htmx asks for it; the page otherwise, and where htmx restores a page from the history."""
    details: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    wants_fragment = bool(details) and not details.history_restore_request
    answer = render(request, fragment if wants_fragment else page, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_safe
@cache_control(max_age=A_DAY)
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("mark.svg"))


def form_of(page: str) -> Callable[[View], View]:
    """A view that a form of `page` posts to. Who comes by address, or changes the language there, goes to that page."""

    def decorated(view: View) -> View:
        @wraps(view)
        def posted(request: HttpRequest) -> HttpResponse:
            return redirect(page) if request.method in ("GET", "HEAD") else require_POST(view)(request)

        return posted

    return decorated


def problem_response(request: HttpRequest, found: Problem) -> HttpResponse:
    """A problem document for programs, a page for people."""
    if _is_api(request):
        return response(found)
    return render(request, "problem.html", {"message": message(found), "status": found.status}, status=found.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.BAD_REQUEST, "bad-request", "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.FORBIDDEN, "forbidden", "This account may not do that.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, HTTPStatus.NOT_FOUND, "not-found", "There is nothing at this address.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request's context, which may need the very part that has failed."""
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if _is_api(request):
        return response(problem(status, "internal-error", "The site failed on this request. The failure is logged."))
    return HttpResponse(
        render_to_string("500.html", {"request_id": request_id(request), **theme(request)}), status=status
    )


def _error(request: HttpRequest, status: HTTPStatus, code: str, detail: str) -> HttpResponse:
    if _is_api(request):
        return response(problem(status, code, detail))
    return render(request, f"{status.value}.html", status=status)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
