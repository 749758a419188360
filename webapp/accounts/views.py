"""Sign-in, slow to guess at."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from webapp.accounts.attempts import WAIT_SECONDS, attempts

TOO_MANY_REQUESTS = 429


class SignInView(LoginView):
    """Ten failures of one name from one address within 15 minutes end its attempts for that time."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if attempts.is_blocked(*self._who()):
            form = self.get_form_class()(request)
            context = self.get_context_data(form=form, blocked=True)
            response = self.render_to_response(context, status=TOO_MANY_REQUESTS)
            response["Retry-After"] = str(WAIT_SECONDS)
            return response
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        attempts.note_failure(*self._who())
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        attempts.forget(*self._who())
        return super().form_valid(form)

    def _who(self) -> tuple[str, str]:
        return self.request.POST.get("username", ""), self.request.META.get("REMOTE_ADDR", "")
