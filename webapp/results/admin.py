"""The Django admin, for one thing: reviewing what visitors left. Staff sign in on the site's own page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from scoring.contract.problems import ProblemError
from webapp.images.labels import labels_of, named
from webapp.problems import message
from webapp.results.answering import photo_response
from webapp.results.models import Correction, Feedback, Reviewed


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


class ReviewedAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no argument
    """Rows come from visitors; a reviewer accepts or dismisses them."""

    list_per_page = 50
    actions = ("accept", "dismiss")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description=_("Dismiss"), permissions=["change"])
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        count = chosen.update(review=Reviewed.Review.DISMISSED)
        self.message_user(request, _("%(count)d dismissed.") % {"count": count})


@admin.register(Feedback, site=review)
class FeedbackAdmin(ReviewedAdmin):
    list_display = ("question", "verdict", "reason", "entry", "right_entry", "review", "given_at")
    list_filter = ("review", "verdict", "reason", "model")
    search_fields = ("question", "entry", "right_entry", "remark")
    readonly_fields = (
        "verdict", "reason", "remark", "entry", "entry_question", "score", "model", "given_at",
    )  # fmt: skip
    fields = ("question", *readonly_fields, "right_entry", "review")

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


class CorrectionForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """The label may be another one of the model's; its id is found here."""

    def clean_right_label(self) -> str:
        text = str(self.cleaned_data["right_label"])
        if not text or text == self.instance.right_label:
            return text
        try:
            right = named(text, labels_of(self.instance.model.rpartition(" ")[2]))
        except ProblemError as error:
            raise forms.ValidationError(message(error.problem)) from error
        if right is None:
            raise forms.ValidationError(_("The model has no such label."))
        self.instance.right_id = right.id
        return right.label

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("right_label"):
            self.instance.right_id = ""
        return self.cleaned_data


@admin.register(Correction, site=review)
class CorrectionAdmin(ReviewedAdmin):
    form = CorrectionForm
    list_display = ("picture", "predicted_label", "score", "right_label", "review", "given_at")
    list_display_links = ("picture", "predicted_label")
    list_filter = ("review", "model")
    search_fields = ("predicted_label", "right_label")
    readonly_fields = ("picture", "predicted_label", "score", "model", "given_at")
    fields = (*readonly_fields, "right_label", "review")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        """Without the photos themselves, which browsers fetch one by one."""
        rows: QuerySet[Correction] = super().get_queryset(request)
        return rows.annotate(has_photo=Q(photo__isnull=False)).defer("photo")

    @admin.display(description=_("photo"))
    def picture(self, row: Any) -> str:
        if not row.has_photo:
            return str(_("not stored"))
        address = reverse("admin:correction-photo", args=[row.pk])
        return format_html('<img src="{}" height="120" alt="{}">', address, _("The photo"))

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/photo.jpg", self.admin_site.admin_view(self.photo), name="correction-photo")
        return [own, *super().get_urls()]

    def photo(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = Correction.objects.filter(pk=pk).exclude(photo=None).first()
        if row is None or row.photo is None:
            raise Http404
        return photo_response(row.photo)

    @admin.action(description=_("Accept"), permissions=["change"])
    def accept(self, request: HttpRequest, chosen: QuerySet[Correction]) -> None:
        count = chosen.update(review=Reviewed.Review.ACCEPTED)
        self.message_user(request, _("%(count)d accepted.") % {"count": count})
