"""A photo asked for by its address, and what the page may say of it."""

import re
from html import unescape
from itertools import count

from django.test import Client

PRIVATE = "This address is not on the public web. Save the photo, then choose the file."
NO_ADDRESS = "This is not the address of a photo on the web. It begins with https:// or http://."
UNREADABLE = "This address cannot be read. Copy it from the browser once more."
USER = "An address with a user name in it is not read. Remove what stands before the @."
PORT = "Only addresses without a port number are read."
LETTERS = "Copy this address from the browser, which writes its letters so that they cannot be mistaken."
UNREACHABLE = "The other site cannot be reached. Check the address, or save the photo and choose the file."
LATE = "The other site did not send the photo within 5 seconds. Save it, then choose the file."
TOO_OFTEN = "This address is passed on too often. Copy the address of the photo itself."
NOT_GIVEN = "The other site does not give this photo out. Save it, then choose the file."
NO_PHOTO = "There is no photo at this address. Copy the address of the photo itself, not of its page."
PACKED = "The other site sends this photo packed, which is not read here. Save it, then choose the file."
TOO_LARGE = "This is larger than 10 MB. Choose a smaller photo."
NO_IMAGE = "This is not a photo that can be read. Use JPEG, PNG, WebP, GIF or AVIF."

# Where the deadline has to pass, and where it must not, however slow the machine.
QUICK, LONG = 0.4, 30.0
ADDRESSES_OF_VISITORS = (f"198.18.{n // 250}.{n % 250 + 1}" for n in count())


def new_visitor() -> Client:
    return Client(REMOTE_ADDR=next(ADDRESSES_OF_VISITORS))


def ask(client, address, **more):
    return client.post("/images/", {"address": address}, **more)


def alert(response) -> str:
    return unescape(re.search(r'<p id="address-error"[^>]*>(.*?)</p>', response.text, re.DOTALL)[1].strip())


class Names:
    """A name server that gives one answer after the other, the last for ever, and notes what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
