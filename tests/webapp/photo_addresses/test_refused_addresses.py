"""What is not on the public web is never asked for."""

from ipaddress import ip_address
from time import monotonic

import pytest

from tests.webapp.photo_addresses.by_address import (
    LETTERS,
    NO_ADDRESS,
    PORT,
    PRIVATE,
    UNREADABLE,
    USER,
    Names,
    alert,
    ask,
)
from tests.webapp.test_image_page import alert as photo_alert
from webapp.images.web.policy import Policy, is_public

REFUSED_UNASKED = {
    "127.0.0.1": ("http://127.0.0.1/a.jpg", PRIVATE),
    "localhost": ("http://localhost/a.jpg", PRIVATE),
    "the machine itself (0.0.0.0)": ("http://0.0.0.0/a.jpg", PRIVATE),
    "[::1]": ("http://[::1]/a.jpg", PRIVATE),
    "[::ffff:127.0.0.1]": ("http://[::ffff:127.0.0.1]/a.jpg", PRIVATE),
    "[64:ff9b::7f00:1]": ("http://[64:ff9b::7f00:1]/a.jpg", PRIVATE),
    "2130706433": ("http://2130706433/a.jpg", PRIVATE),
    "0x7f.1": ("http://0x7f.1/a.jpg", UNREADABLE),
    "127.1": ("http://127.1/a.jpg", UNREADABLE),
    "169.254.169.254": ("http://169.254.169.254/metadata/instance", PRIVATE),
    "168.63.129.16": ("http://168.63.129.16/machine", PRIVATE),
    "10.0.0.0/8": ("https://10.0.0.1/a.jpg", PRIVATE),
    "172.16.0.0/12": ("https://172.31.255.254/a.jpg", PRIVATE),
    "192.168.0.0/16": ("https://192.168.1.1/a.jpg", PRIVATE),
    "fd00::": ("https://[fd00::1]/a.jpg", PRIVATE),
    "file://": ("file:///etc/passwd", NO_ADDRESS),
    "gopher://": ("gopher://photos.example.org/1", NO_ADDRESS),
    "http://user@127.0.0.1": ("http://user@127.0.0.1/a.jpg", USER),
    "*.svc.cluster.local": ("http://scoring-images.scoring.svc.cluster.local/a.jpg", PRIVATE),
    "port 6379": ("http://photos.example.org:6379/", PORT),
    "an IDN homograph": ("https://exаmple.org/a.jpg", LETTERS),
    "a trailing dot": ("http://localhost./a.jpg", PRIVATE),
    # Beyond the list.
    "nothing": ("  ", "Type the address of a photo first."),
    "no scheme": ("photos.example.org/a.jpg", NO_ADDRESS),
    "data:": ("data:image/png;base64,iVBORw0KGgo=", NO_ADDRESS),
    "no host": ("https:///a.jpg", UNREADABLE),
    "an encoded host": ("http://%31%32%37.0.0.1/a.jpg", UNREADABLE),
    "letters that become digits": ("http://①②⑦.⓪.⓪.①/a.jpg", UNREADABLE),
    "a backslash": ("https://photos.example.org\\@127.0.0.1/a.jpg", UNREADABLE),
    "a line break": ("https://photos.example.org/a\r\nHost: x", UNREADABLE),
    "a user behind an encoded slash": ("https://photos.example.org%2f@127.0.0.1/a.jpg", USER),
    "a service by its short name": ("http://scoring-images/a.jpg", PRIVATE),
    "a service by its longer name": ("http://scoring-images.scoring.svc/a.jpg", PRIVATE),
    "metadata by its name": ("http://metadata.google.internal/computeMetadata/v1/", PRIVATE),
    "an octal number": ("http://0177.0.0.1/a.jpg", UNREADABLE),
    "a zone": ("http://[fe80::1%25eth0]/a.jpg", PRIVATE),
    "too long": (f"https://photos.example.org/{'a' * 2000}", UNREADABLE),
}


@pytest.mark.parametrize(("address", "said"), REFUSED_UNASKED.values(), ids=REFUSED_UNASKED)
def test_what_is_not_on_the_public_web_is_refused_without_asking(client, settings, images, address, said):
    names = Names(["203.0.113.7"])
    settings.PHOTO_WEB = Policy(resolve=lambda host: [host] if ip_like(host) else names(host))
    started = monotonic()
    response = ask(client, address)
    assert (response.status_code, alert(response), names.asked, images.asked) == (422, said, [], [])
    assert photo_alert(response) == "" and monotonic() - started < settings.PHOTO_WEB.seconds


def ip_like(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "found",
    [
        ["10.1.2.3"],
        ["168.63.129.16"],
        ["64:ff9b::a9fe:a9fe"],
        ["::ffff:10.0.0.1"],
        ["2002:7f00:1::"],
        ["93.184.216.34", "127.0.0.1"],
        ["2606:2800:220:1:248:1893:25c8:1946", "fd00::1"],
    ],
    ids=str,
)
def test_a_name_is_refused_where_any_of_its_machines_is_private(client, settings, images, found):
    names = settings.PHOTO_WEB = Policy(resolve=Names(found))
    assert alert(ask(client, "https://photos.example.org/a.jpg")) == PRIVATE
    assert (names.resolve.asked, images.asked) == (["photos.example.org"], [])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::808:808", True),
        ("0.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.1.1", False),
        ("192.0.0.192", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::a83f:8110", False),
        ("64:ff9b:1::808:808", False),
        ("2001:0:7f00:1::", False),
        ("2001:db8::1", False),
        ("2002:808:808::", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("fe80::1", False),
        ("fe80::1%2", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("ff02::1", False),
    ],
)
def test_only_machines_of_the_public_web_are_public(address, public):
    assert is_public(ip_address(address)) is public
