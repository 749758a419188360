"""What visitors chose to store, each row by the press of a button that said so."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Kept(models.Model):
    """An answer as it was. The id cannot be guessed; `delete_key` is the SHA-256 of what its maker's browser holds."""

    id = models.CharField(primary_key=True, max_length=32)
    answer = models.JSONField()
    site_ms = models.FloatField()
    delete_key = models.CharField(max_length=64)
    kept_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"kept until {self.expires_at:%Y-%m-%d}"


class KeptAnswer(Kept):
    """A question and its answer."""

    question = models.TextField()


class KeptOfPhoto(Kept):
    """`photo` is a JPEG of the scorer's making, never what was uploaded."""

    photo = models.BinaryField()

    class Meta(Kept.Meta):
        abstract = True


class KeptPhoto(KeptOfPhoto):
    """A photo and its labels."""


class KeptComparison(KeptOfPhoto):
    """A photo and the labels of two models, each with a time of its own."""


class Reviewed(models.Model):
    """What a visitor said of one answer, once for each; it waits for a maintainer."""

    class Review(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ACCEPTED = "accepted", _("accepted")
        DISMISSED = "dismissed", _("dismissed")

    answer_id = models.CharField(max_length=32, unique=True, editable=False)
    model = models.CharField(_("model"), max_length=200)
    given_at = models.DateTimeField(_("given"), auto_now_add=True, db_index=True)
    review = models.CharField(_("review"), max_length=12, choices=Review.choices, default=Review.WAITING, db_index=True)

    class Meta:
        abstract = True
        ordering = ("-given_at", "-pk")
        default_permissions = ("view", "change", "delete")


class Feedback(Reviewed):
    """One visitor's verdict on one answer. A maintainer reviews it and names the entry that is right."""

    class Verdict(models.TextChoices):
        HELPFUL = "helpful", _("helpful")
        WRONG = "wrong", _("wrong")
        MISSING = "missing", _("not in the FAQ")

    class Reason(models.TextChoices):
        OTHER_QUESTION = "other-question", _("It answers another question")
        INCOMPLETE = "incomplete", _("Something is missing in it")
        OUTDATED = "outdated", _("It is out of date")
        UNCLEAR = "unclear", _("It is hard to understand")

    question = models.TextField(_("question"), max_length=2000)
    entry = models.CharField(_("entry shown"), max_length=200, blank=True)
    entry_question = models.TextField(_("its question"), blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    verdict = models.CharField(_("verdict"), max_length=12, choices=Verdict.choices)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    right_entry = models.CharField(
        _("right entry"), max_length=200, blank=True,
        help_text=_("The id of the entry that answers the question. Empty: the entry shown, where it was helpful."),
    )  # fmt: skip

    class Meta(Reviewed.Meta):
        verbose_name = _("vote or question")
        verbose_name_plural = _("votes and questions")

    def __str__(self) -> str:
        return f"{self.get_verdict_display()}: {self.question[:80]}"

    @property
    def answering_entry(self) -> str:
        """The id of the entry that this question is a paraphrase of; empty where none is known."""
        if self.right_entry:
            return self.right_entry
        return self.entry if self.verdict == self.Verdict.HELPFUL else ""

    def clean(self) -> None:
        if self.review == self.Review.ACCEPTED and not self.answering_entry:
            raise ValidationError({"right_entry": _("Name the entry that answers this, or dismiss it.")})


class Correction(Reviewed):
    """What a photo shows in a visitor's eyes. An empty `right_label` is none of the things that the model knows."""

    predicted_id = models.CharField(max_length=200)
    predicted_label = models.CharField(_("the model said"), max_length=200)
    score = models.FloatField(_("score"))
    right_id = models.CharField(max_length=200, blank=True, editable=False)
    right_label = models.CharField(
        _("right label"), max_length=200, blank=True,
        help_text=_("One of the model's own labels. Empty: none of the things that it knows."),
    )  # fmt: skip
    photo = models.BinaryField(_("photo"), null=True, editable=False)

    class Meta(Reviewed.Meta):
        verbose_name = _("correction of a label")
        verbose_name_plural = _("corrections of labels")

    def __str__(self) -> str:
        right = self.right_label or _("none of them")
        return f"{self.predicted_label} → {right}"
