"""Who may see and who may scale. The groups are made by a migration; without one of them the answer is no."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRefresh

SEE = "cluster_admin.see_cluster"
SCALE = "cluster_admin.scale_deployment"
OPERATORS = "operators"
View = Callable[..., HttpResponse]


def may_see(user: AbstractBaseUser | AnonymousUser) -> bool:
    return _has(user, SEE)


def may_scale(user: AbstractBaseUser | AnonymousUser) -> bool:
    return _has(user, SEE) and _has(user, SCALE)


def _has(user: Any, permission: str) -> bool:
    return bool(user.is_authenticated and user.has_perm(permission))


def guarded(view: View, allowed: Callable[[Any], bool]) -> View:
    """The view for those who are allowed; the rest sign in, or read whom to ask.

    A page that asks for news of itself after its session ended is told to load anew, and so arrives at the sign-in.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if allowed(request.user):
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRefresh()
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return render(request, "ops/forbidden.html", {"may_see": may_see(request.user)}, status=403)

    return never_cache(answer)
