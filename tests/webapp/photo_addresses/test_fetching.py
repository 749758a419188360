"""A photo by its address: what the site asks another site for, and what it does not wait for."""

import base64
from ipaddress import ip_address
from threading import Event
from time import monotonic

import pytest

from scoring.contract.limits import IMAGE_TYPES
from tests.webapp import scorer, web_site
from tests.webapp.conftest import encoded
from tests.webapp.photo_addresses.by_address import (
    LATE,
    LONG,
    NO_ADDRESS,
    NO_IMAGE,
    NO_PHOTO,
    NOT_GIVEN,
    PACKED,
    PORT,
    PRIVATE,
    QUICK,
    TOO_LARGE,
    TOO_OFTEN,
    UNREACHABLE,
    UNREADABLE,
    USER,
    Names,
    alert,
    ask,
)
from tests.webapp.test_image_page import alert as photo_alert
from webapp.images.web import fetching
from webapp.images.web.policy import Policy


def test_a_photo_is_fetched_and_named(client, site, images, photo):
    copy = base64.b64encode(encoded("JPEG", 16)).decode()
    images.answers(scorer.PREDICTIONS | {"rendering": copy})
    response = ask(client, site.at("/photo.jpg?key=secret#part"))
    assert response.status_code == 200 and "tabby" in response.text
    assert f'href="data:image/jpeg;base64,{copy}"' in response.text
    (asked,) = images.asked
    assert (asked.headers["content-type"], asked.body) == ("image/jpeg", photo)
    ((path, headers),) = site.asked
    assert (path, headers) == (
        "/photo.jpg?key=secret",
        {
            "host": f"{web_site.NAME}:{site.port}",
            "accept": ", ".join(IMAGE_TYPES),
            "accept-encoding": "identity",
            "user-agent": "Scoredeck",
            "connection": "close",
        },
    )


def test_a_photo_is_fetched_for_a_script_too(client, site, images, photo):
    page = ask(client, site.at("/photo.jpg"), headers={"HX-Request": "true"}).text
    assert f'href="data:image/jpeg;base64,{base64.b64encode(photo).decode()}"' in page and "<h1" not in page


CUT_OFF = {
    "a redirect to loopback": ("/moved?to=http://127.0.0.2/a.jpg", PRIVATE),
    "a redirect to metadata": ("/moved?to=http://169.254.169.254/&status=307", PRIVATE),
    "a redirect to a file": ("/moved?to=file:///etc/passwd", NO_ADDRESS),
    "a redirect to a user": ("/moved?to=http://user@photos.example.org/", USER),
    "a redirect to port 6379": ("/moved?to=//photos.example.org:6379/", PORT),
    "a redirect to nowhere": ("/moved?to=http://a..b.org/", UNREADABLE),
    "30 redirects": ("/hops?left=30", TOO_OFTEN),
    "3 redirects": ("/hops?left=3", TOO_OFTEN),
    "a slow drip": ("/drip", LATE),
    "a head that drips": ("/dripping-head", LATE),
    "silence": ("/silent", LATE),
    "an endless body": ("/endless", TOO_LARGE),
    "a length beyond the limit": ("/huge", TOO_LARGE),
    "a gzip bomb": ("/bomb", PACKED),
    "half a photo": ("/half", UNREACHABLE),
    "no HTTP": ("/garbage", UNREACHABLE),
    "not found": ("/nothing.jpg", NOT_GIVEN),
    "a page": ("/typed?type=text/html", NO_PHOTO),
    "no type": ("/typed?type=%20", NO_PHOTO),
    "a type that is none": ("/typed?type=application/octet-stream", NO_PHOTO),
    "an image that is none": ("/no-photo-inside", NO_IMAGE),
}


@pytest.mark.parametrize(("path", "said"), CUT_OFF.values(), ids=CUT_OFF)
def test_what_another_site_does_wrong_is_cut_off(client, site, settings, images, path, said):
    policy = settings.PHOTO_WEB = site.policy(seconds=QUICK if said == LATE else LONG)
    started = monotonic()
    response = ask(client, site.at(path))
    assert (alert(response), photo_alert(response), images.asked) == (said, "", [])
    assert response.status_code == (413 if said == TOO_LARGE else 422)
    assert monotonic() - started < (policy.seconds if said != LATE else LONG)
    assert len(site.asked) <= fetching.MOST_REDIRECTS + 1


@pytest.mark.parametrize("left", [1, 2])
def test_two_redirects_are_followed(client, site, images, photo, left):
    assert ask(client, site.at(f"/hops?left={left}")).status_code == 200
    assert site.paths == [*(f"/hops?left={n}" for n in range(left, 0, -1)), "/photo.jpg"]
    assert images.asked[0].body == photo


def test_a_cookie_is_never_sent_back(client, site, images):
    ask(client, site.at("/photo.jpg"))
    ask(client, site.at("/photo.jpg"))
    assert ["cookie" in headers for _, headers in site.asked] == [False, False]


def test_a_name_that_changes_its_mind_does_not_change_the_machine(client, site, settings, images):
    """DNS rebinding: looked up once, and the machine that was checked is the one that is asked."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    settings.PHOTO_WEB = site.policy(resolve=names)
    assert ask(client, site.at("/photo.jpg")).status_code == 200
    assert (names.asked, site.paths) == (["photos.example.org"], ["/photo.jpg"])


def test_a_name_that_changes_its_mind_between_redirects_is_refused(client, site, settings, images):
    settings.PHOTO_WEB = site.policy(resolve=Names(["127.0.0.1"], ["10.0.0.1"]))
    assert alert(ask(client, site.at("/hops?left=1"))) == PRIVATE
    assert site.paths == ["/hops?left=1"]


def test_a_second_machine_is_asked_where_the_first_does_not_answer(client, site, settings, images):
    unheard = f"127.0.0.{2}"
    here = {ip_address(unheard), ip_address(web_site.LOOPBACK)}
    policy = Policy(frozenset({site.port}), here.__contains__, Names([unheard, web_site.LOOPBACK]))
    settings.PHOTO_WEB = policy
    assert ask(client, site.at("/photo.jpg")).status_code == 200


def test_a_name_server_that_does_not_answer_is_not_waited_for(client, site, settings):
    over = Event()
    settings.PHOTO_WEB = site.policy(resolve=lambda host: over.wait(30) and [], seconds=QUICK)
    started = monotonic()
    response = ask(client, site.at("/photo.jpg"))
    over.set()
    assert (response.status_code, alert(response)) == (422, LATE)
    assert monotonic() - started < 5


@pytest.mark.parametrize("found", [OSError("no such host"), []], ids=["unknown", "no address"])
def test_a_name_that_nobody_knows_is_said_so(client, settings, found):
    def resolve(host):
        if isinstance(found, OSError):
            raise found
        return found

    settings.PHOTO_WEB = Policy(resolve=resolve)
    assert alert(ask(client, "https://photos.example.org/a.jpg")) == UNREACHABLE


def test_no_proxy_of_the_environment_is_asked(client, site, images, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(client, site.at("/photo.jpg")).status_code == 200
