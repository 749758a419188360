"""What visitors are told, by problem code. The one place where codes become sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, Promise | str] = {
    "question-empty": _("Type a question first."),
    "question-too-long": _("The question is too long. At most 2,000 characters are read."),
    "not-utf8": _("The text could not be read. Please type it again."),
    "not-in-range": _("A number is out of range."),
    "image-missing": _("Choose a photo first."),
    "image-empty": _("This file is empty. Choose another one."),
    "image-unreadable": _("This is not a photo that can be read. Use JPEG, PNG or WebP."),
    "image-truncated": _("The end of this photo is missing. Save or send it again, then try once more."),
    "image-too-large": _("This is larger than 10 MB. Choose a smaller photo."),
    "image-too-many-pixels": _("This photo has more than 25 megapixels. Choose a smaller one."),
    "image-type": _("This is not a photo that can be read. Use JPEG, PNG or WebP."),
    "csv-too-large": _("This file is larger than 10 MB. Split it."),
    "not-scored": _("not scored yet"),
    "body-too-large": _("This is too much to read at once. Send less."),
    "body-too-slow": _("The upload took too long. Try a smaller photo or a faster connection."),
    "unknown-example": _("This example photo is not here any more. Choose another one."),
    "scorer-unreachable": _("The model cannot be reached at the moment. Please try again in a few seconds."),
    "scorer-late": _("The model did not answer in time. Please try again in a few seconds."),
    "scorer-busy": _("The model has too much to do at the moment. Please try again in a few seconds."),
    "scorer-nonsense": _("The model gave an answer that cannot be shown. Please try again later."),
}
