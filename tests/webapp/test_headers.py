"""Every response carries the headers that browsers need, and people get errors as pages."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from scoring.contract.problems import PROBLEM_TYPE


def addresses(resolver: URLResolver, prefix: str = "/"):
    """All addresses of the site that need no argument."""
    for pattern in resolver.url_patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, address)
        elif isinstance(pattern, URLPattern) and "<" not in address:
            yield address


def camera(address: str, method: str) -> str:
    """The page that takes photos may use the camera, no other one; it is also what a look at a map gives."""
    is_page = address == "/images/" or (method == "post" and address.startswith("/images/look"))
    return "camera=(self)" if is_page else "camera=()"


MORE = ["/nothing", "/api/nothing", "/images/examples/nothing.jpg", "/static/nothing.css"]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_every_response_has_the_security_headers(method, nobody, settings):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client = Client(raise_request_exception=False)
    found = {}
    for address in [*addresses(get_resolver()), *MORE]:
        response = getattr(client, method)(address)
        response.getvalue()
        found[address] = {
            "X-Content-Type-Options": response.get("X-Content-Type-Options"),
            "Referrer-Policy": response.get("Referrer-Policy"),
            "X-Frame-Options": response.get("X-Frame-Options"),
            "Permissions-Policy": camera(address, method) in response.get("Permissions-Policy", ""),
            "Content-Security-Policy": "default-src 'none'" in response.get("Content-Security-Policy", ""),
            "unsafe": "unsafe" in response.get("Content-Security-Policy", ""),
            "Cross-Origin-Opener-Policy": response.get("Cross-Origin-Opener-Policy"),
        }
    assert len(found) > 10
    expected = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": True,
        "Content-Security-Policy": True,
        "unsafe": False,
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    assert found == dict.fromkeys(found, expected)


@pytest.mark.django_db
@pytest.mark.parametrize("led_by", ["cross-site", "same-site", "nonsense"])
@pytest.mark.parametrize("address", ["/", "/images/", "/sign-in/", "/nothing"])
def test_a_window_that_another_site_may_hold_is_separated(client, address, led_by):
    response = client.get(address, headers={"Sec-Fetch-Site": led_by})
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Sec-Fetch-Site" in response["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("led_by", ["none", "same-origin"])
def test_a_window_that_nobody_else_holds_stays_as_it_is_without_an_account(client, led_by):
    policies = {
        address: client.get(address, headers={"Sec-Fetch-Site": led_by}).get("Cross-Origin-Opener-Policy")
        for address in ["/", "/images/", "/nothing", "/sign-in/", "/ops/", "/admin/"]
    }
    free, apart = dict.fromkeys(["/", "/images/", "/nothing"]), ["/sign-in/", "/ops/", "/admin/"]
    assert policies == free | dict.fromkeys(apart, "same-origin")


def test_the_nonce_of_a_page_is_new_each_time_and_in_its_policy(client):
    first, second = client.get("/"), client.get("/")
    nonces = []
    for response in (first, second):
        nonce = response.context["csp_nonce"]
        assert f"'nonce-{nonce}'" in response["Content-Security-Policy"]
        assert f'nonce="{nonce}"' in response.text
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_an_unknown_address_is_a_page_for_people(client):
    response = client.get("/nothing")
    assert response.status_code == 404 and "Nothing is here" in response.text and 'href="/"' in response.text


def test_another_host_name_is_refused(client):
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400 and "This request cannot be read" in response.text
    refused = client.post("/api/v1/faq/matches", headers={"Host": "evil.example"})
    assert (refused.status_code, refused["Content-Type"]) == (400, PROBLEM_TYPE)


@pytest.mark.parametrize("path", ["/", "/api/v1/faq/matches"])
def test_a_fault_of_the_site_is_said_without_its_insides(path, settings, caplog):
    settings.FAQ_URL = "no address at all"
    settings.QUESTION_DEADLINE_SECONDS = "a secret word that no arithmetic takes"
    client = Client(raise_request_exception=False)
    response = client.post(path, {"question": "a private question"}, content_type="application/json") \
        if path.startswith("/api/") else client.post(path, {"question": "a private question"})  # fmt: skip
    assert response.status_code == 500
    assert "secret word" not in response.text and "Traceback" not in response.text
    assert ("The site has a fault" in response.text) or response["Content-Type"] == PROBLEM_TYPE
    assert "a private question" not in caplog.text


def test_the_icon_is_found(client):
    assert client.get("/favicon.ico")["Location"] == "/static/mark.svg"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_kept(client, theme):
    response = client.post("/theme/", {"theme": theme, "next": "/images/"})
    assert (response.status_code, response["Location"]) == (302, "/images/")
    assert f'data-theme="{theme}"' in client.get("/").text


def test_a_strange_theme_and_a_way_out_are_ignored(client):
    response = client.post("/theme/", {"theme": "'><script>", "next": "https://evil.example/"})
    assert response["Location"] == "/" and "theme" not in client.cookies
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/").text
