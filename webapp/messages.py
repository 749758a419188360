"""What visitors are told, by problem code. The one place where codes become sentences."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from scoring.contract.limits import IMAGE_FORMATS

# "JPEG, PNG, WebP, GIF or AVIF"
FORMATS = format_lazy(_("{several} or {last}"), several=", ".join(IMAGE_FORMATS[:-1]), last=IMAGE_FORMATS[-1])
NO_PHOTO = format_lazy(_("This is not a photo that can be read. Use {formats}."), formats=FORMATS)

MESSAGES: dict[str, Promise | str] = {
    "question-empty": _("Type a question first."),
    "question-too-long": _("The question is too long. At most 2,000 characters are read."),
    "not-utf8": _("The text could not be read. Please type it again."),
    "not-in-range": _("A number is out of range."),
    "image-missing": _("Choose a photo first."),
    "image-empty": _("This file is empty. Choose another one."),
    "image-unreadable": NO_PHOTO,
    "image-format": _("Photos of this kind, such as HEIC, cannot be read here. Save or export it as JPEG first."),
    "image-truncated": _("The end of this photo is missing. Save or send it again, then try once more."),
    "image-too-large": _("This is larger than 10 MB. Choose a smaller photo."),
    "image-too-many-pixels": _("This photo has more than 25 megapixels. Choose a smaller one."),
    "image-type": NO_PHOTO,
    "url-empty": _("Type the address of a photo first."),
    "url-scheme": _("This is not the address of a photo on the web. It begins with https:// or http://."),
    "url-unreadable": _("This address cannot be read. Copy it from the browser once more."),
    "url-user": _("An address with a user name in it is not read. Remove what stands before the @."),
    "url-host": _("Copy this address from the browser, which writes its letters so that they cannot be mistaken."),
    "url-port": _("Only addresses without a port number are read."),
    "url-private": _("This address is not on the public web. Save the photo, then choose the file."),
    "url-unreachable": _("The other site cannot be reached. Check the address, or save the photo and choose the file."),
    "url-late": _("The other site did not send the photo within 5 seconds. Save it, then choose the file."),
    "url-redirects": _("This address is passed on too often. Copy the address of the photo itself."),
    "url-status": _("The other site does not give this photo out. Save it, then choose the file."),
    "url-no-photo": _("There is no photo at this address. Copy the address of the photo itself, not of its page."),
    "url-packed": _("The other site sends this photo packed, which is not read here. Save it, then choose the file."),
    "url-busy": _("Too many photos are being fetched at the moment. Please try again in a few seconds."),
    "url-too-many": _("Many photos were fetched for you. Wait ten minutes, or save the photo and choose the file."),
    "csv-too-large": _("This file is larger than 10 MB. Split it."),
    "album-too-many": _("These are more than 1,000 photos. Send them in parts."),
    "album-too-large": _("This is more than 200 MB. Send the photos in parts."),
    "zip-entry-path": _("Its name points out of its folder. It was not read."),
    "zip-entry-link": _("This is a link to a file, not a photo."),
    "zip-entry-encrypted": _("This file is locked with a password. Pack it again without one."),
    "zip-entry-method": _("This file is packed in a way that is not read here. Pack it as an ordinary ZIP."),
    "zip-entry-bomb": _("This file would become more than 100 times larger. It was not unpacked."),
    "zip-entry-twice": _("The ZIP has two files of this name. Only the first was read."),
    "zip-entry-damaged": _("This file is damaged inside the ZIP."),
    "zip-in-zip": _("A ZIP inside a ZIP is not opened."),
    "zip-among-photos": _("A ZIP is opened only where it comes alone."),
    "site-busy": _("Many photos are being received at the moment. Please try again in a minute."),
    "site-full": _("There is no room for more photos at the moment. Please try again later."),
    "photo-fails": _("The model failed on this photo three times. The others went on without it."),
    "photo-late": _("The model took too long for this photo, three times. The others went on without it."),
    "photo-stops-model": _("The model stopped at this photo three times. The others went on without it."),
    "not-scored": _("not scored yet"),
    "body-too-large": _("This is too much to read at once. Send less."),
    "body-too-slow": _("The upload took too long. Try a smaller photo or a faster connection."),
    "unknown-example": _("This example photo is not here any more. Choose another one."),
    "scorer-unreachable": _("The model cannot be reached at the moment. Please try again in a few seconds."),
    "scorer-late": _("The model did not answer in time. Please try again in a few seconds."),
    "scorer-busy": _("The model has too much to do at the moment. Please try again in a few seconds."),
    "no-such-model": _("This version is not served any more."),
    "answer-version-gone": _(
        "The model was replaced after this answer and cannot say any more where it looked. Show the photo again."
    ),
    "unknown-class": _("This model does not know this label."),
    "label-not-shown": _("Choose one of the labels that are shown."),
    "scorer-nonsense": _("The model gave an answer that cannot be shown. Please try again later."),
}


def message_of(code: str) -> str:
    """The sentence for a code, in the visitor's language; the code itself where there is none."""
    return str(MESSAGES.get(code, code))
