"""A photo by its address: what the site asks for, what it never asks for, and what it does not wait for."""

import base64
import json
import logging
import re
import ssl
from datetime import UTC, datetime, timedelta
from html import unescape
from ipaddress import ip_address
from itertools import count
from threading import Event, Thread
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client

from scoring.contract.limits import IMAGE_TYPES
from tests.webapp import scorer, web_site
from tests.webapp.conftest import encoded
from tests.webapp.test_image_page import alert as photo_alert
from webapp.images.by_address import THROTTLE
from webapp.images.web import fetching
from webapp.images.web.policy import Policy, is_public

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


@pytest.fixture
def client():
    """A visitor who has had nothing fetched yet."""
    return Client(REMOTE_ADDR=next(ADDRESSES_OF_VISITORS))


@pytest.fixture
def site(photo, settings):
    """Another site, which the policy counts as public."""
    with web_site.running(photo) as running:
        settings.PHOTO_WEB = running.policy(seconds=LONG)
        yield running


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


def authority():
    """A certificate authority of the test's own: its certificate, and a function that makes servers' contexts."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
    own = signed(issuer, issuer, key, key, x509.BasicConstraints(ca=True, path_length=0))

    def server(name, tmp_path):
        of_server = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = signed(subject, issuer, of_server, key, names)
        pem = tmp_path / "server.pem"
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pem.write_bytes(certificate.public_bytes(kind[0]) + of_server.private_bytes(*kind))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    return own.public_bytes(serialization.Encoding.PEM).decode(), server


def signed(subject, issuer, key, signing_key, extension):
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    return builder.add_extension(extension, critical=False).sign(signing_key, hashes.SHA256())


@pytest.mark.parametrize(
    ("name", "status"), [("photos.example.org", 200), ("127.0.0.1.example.org", 422)], ids=["its name", "another name"]
)
def test_a_certificate_must_be_for_the_name_that_was_asked_for(client, settings, images, photo, tmp_path, name, status):
    trusted, server = authority()
    heard = []
    context = server(name, tmp_path)
    context.sni_callback = lambda connection, server_name, context: heard.append(server_name)
    with web_site.running(photo, context) as site:
        settings.PHOTO_WEB = site.policy(tls=ssl.create_default_context(cadata=trusted))
        response = ask(client, site.at("/photo.jpg"))
    assert (response.status_code, alert(response)) == (status, "" if status == 200 else UNREACHABLE)
    assert (heard, len(site.asked)) == (["photos.example.org"], 1 if status == 200 else 0)


def test_a_certificate_of_no_known_authority_is_refused(client, settings, images, photo, tmp_path):
    _, server = authority()
    with web_site.running(photo, server("photos.example.org", tmp_path)) as site:
        settings.PHOTO_WEB = site.policy()
        assert alert(ask(client, site.at("/photo.jpg"))) == UNREACHABLE
    assert site.asked == []


def test_what_the_scorer_refuses_is_said_beside_the_address(client, site, images):
    problem = {"type": "x", "title": "No", "status": 422, "detail": "No.", "code": "image-truncated"}
    images.answers(problem, 422)
    response = ask(client, site.at("/photo.jpg"))
    said = "The end of this photo is missing. Save or send it again, then try once more."
    assert (response.status_code, alert(response), photo_alert(response)) == (422, said, "")


def test_a_visitor_has_thirty_photos_fetched_in_ten_minutes(client, site):
    answers = [ask(client, site.at("/nothing.jpg")) for _ in range(THROTTLE.most + 1)]
    assert [answer.status_code for answer in answers] == [422] * THROTTLE.most + [429]
    said = "Many photos were fetched for you. Wait ten minutes, or save the photo and choose the file."
    assert (alert(answers[-1]), answers[-1]["Retry-After"], len(site.asked)) == (said, "600", THROTTLE.most)


def test_no_more_than_eight_are_fetched_at_once(site, settings):
    settings.PHOTO_WEB = site.policy(seconds=20.0)
    waiting = [
        Thread(target=ask, args=(Client(REMOTE_ADDR=next(ADDRESSES_OF_VISITORS)), site.at("/silent")))
        for _ in range(fetching.MOST_AT_ONCE)
    ]
    for one in waiting:
        one.start()
    until = monotonic() + 15
    while len(site.asked) < fetching.MOST_AT_ONCE and monotonic() < until:
        site.over.wait(0.01)
    response = ask(Client(REMOTE_ADDR=next(ADDRESSES_OF_VISITORS)), site.at("/photo.jpg"))
    site.over.set()
    for one in waiting:
        one.join(15)
    said = "Too many photos are being fetched at the moment. Please try again in a few seconds."
    assert (response.status_code, alert(response), len(site.asked)) == (503, said, fetching.MOST_AT_ONCE)


def test_the_query_of_an_address_is_in_no_log(client, site, images, caplog):
    with caplog.at_level(logging.DEBUG):
        ask(client, site.at("/photo.jpg?key=canary-1"))
        ask(client, site.at("/moved?to=/nothing.jpg?key=canary-2"))
    assert len(site.asked) == 3 and "canary" not in caplog.text


def test_the_address_that_was_refused_stands_in_its_field_again(client, site):
    page = ask(client, "http://127.0.0.1/?a=1&b=<2>").text
    assert 'value="http://127.0.0.1/?a=1&amp;b=&lt;2&gt;"' in page


def test_without_the_setting_the_page_has_no_such_field(client, site, settings, images):
    settings.PHOTO_WEB = None
    assert 'name="address"' not in client.get("/images/").text
    response = ask(client, site.at("/photo.jpg"))
    assert (response.status_code, photo_alert(response), site.asked) == (422, "Choose a photo first.", [])


def test_by_default_no_address_is_fetched(settings):
    assert settings.PHOTO_WEB is None


def test_an_explanation_fetches_nothing(client, site):
    response = client.post("/images/explanation", {"address": site.at("/photo.jpg"), "where": "n02123045"})
    assert (response.status_code, site.asked) == (422, [])


API = "/api/v1/images/predictions"


def by_api(client, body, query=""):
    return client.post(f"{API}{query}", json.dumps(body), content_type="application/json")


def test_the_api_fetches_a_photo(client, site, images, photo):
    response = by_api(client, {"url": site.at("/photo.jpg")}, "?top=3")
    answer = response.json()
    assert answer.pop("site_ms") >= 0
    assert (response.status_code, answer) == (200, scorer.PREDICTIONS)
    (asked,) = images.asked
    assert (asked.path, asked.body) == ("/v1/score?top=3", photo)


def test_the_same_request_for_a_program_names_the_address(client, site, images):
    page = unescape(ask(client, site.at("/photo.jpg?a='b'")).text)
    assert f"curl http://testserver{API} " in page
    assert json.dumps({"url": site.at("/photo.jpg?a='b'")}) in page.replace("'\"'\"'", "'")


REFUSED_BODIES = {
    "a private address": ({"url": "http://10.0.0.1/a.jpg"}, "url-private", "url"),
    "no text": ({"url": 7}, "not-text", "url"),
    "nothing": ({}, "missing-field", "url"),
    "another field": ({"url": "https://photos.example.org/", "headers": {}}, "unknown-field", "headers"),
    "a list": ([], "not-an-object", ""),
}


@pytest.mark.parametrize(("body", "code", "field"), REFUSED_BODIES.values(), ids=REFUSED_BODIES)
def test_the_api_says_which_field_is_wrong(client, site, images, body, code, field):
    response = by_api(client, body)
    found = response.json()
    assert (response["Content-Type"], response.status_code) == ("application/problem+json", 422)
    assert (found["code"], found.get("field", ""), site.asked, images.asked) == (code, field, [], [])


def test_the_api_counts_the_same_thirty(client, site):
    for _ in range(THROTTLE.most):
        ask(client, site.at("/nothing.jpg"))
    response = by_api(client, {"url": site.at("/photo.jpg")})
    assert (response.status_code, response.json()["code"]) == (429, "url-too-many")
    assert (response["Retry-After"], len(site.asked)) == ("600", THROTTLE.most)


def test_without_the_setting_the_api_reads_no_json(client, site, settings):
    settings.PHOTO_WEB = None
    response = by_api(client, {"url": site.at("/photo.jpg")})
    assert (response.status_code, response.json()["code"], site.asked) == (415, "unsupported-media-type", [])
