"""The Django admin, for one thing: reviewing what visitors left. Staff sign in on the site's own page."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from webapp.results.models import Feedback


class ReviewSite(admin.AdminSite):
    site_title = "Scoredeck"
    site_header = _("Scoredeck: review")
    index_title = _("What visitors left")
    site_url = "/"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in, which is slow to guess at; a signed-in visitor without the right is refused."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or request.path)


review = ReviewSite(name="admin")


@admin.register(Feedback, site=review)
class FeedbackAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no argument
    list_display = ("question", "verdict", "reason", "entry", "right_entry", "review", "given_at")
    list_filter = ("review", "verdict", "reason", "model")
    search_fields = ("question", "entry", "right_entry", "remark")
    readonly_fields = (
        "verdict", "reason", "remark", "entry", "entry_question", "score", "model", "given_at",
    )  # fmt: skip
    fields = ("question", *readonly_fields, "right_entry", "review")
    list_per_page = 50
    actions = ("accept", "dismiss")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Accept as paraphrases of their entries"), permissions=["change"])
    def accept(self, request: HttpRequest, chosen: QuerySet[Feedback]) -> None:
        """Those whose entry is known; the others stay as they are."""
        known = Q(verdict=Feedback.Verdict.HELPFUL) & ~Q(entry="") | ~Q(right_entry="")
        accepted = chosen.filter(known).update(review=Feedback.Review.ACCEPTED)
        left = chosen.exclude(known).count()
        self.message_user(request, _("%(count)d accepted.") % {"count": accepted})
        if left:
            said = _("%(count)d have no entry yet: open them and name it.") % {"count": left}
            self.message_user(request, said, level="warning")

    @admin.action(description=_("Dismiss"), permissions=["change"])
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Feedback]) -> None:
        count = chosen.update(review=Feedback.Review.DISMISSED)
        self.message_user(request, _("%(count)d dismissed.") % {"count": count})
