"""The documentation says what the API does."""

import re

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

from tests.webapp import scorer
from webapp.faq.api import ASKED
from webapp.images.web.policy import Policy


@pytest.fixture(scope="module")
def document():
    """The schema as published, made strict: an answer with a field that is not documented does not validate."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    for component in found["components"]["schemas"].values():
        component["additionalProperties"] = False
    return found


def validate(document, path, response):
    (content,) = document["paths"][path]["post"]["responses"][str(response.status_code)]["content"].items()
    media_type, described = content
    assert response["Content-Type"] == media_type
    jsonschema.validate(response.json(), described["schema"] | {"components": document["components"]})


def test_answers_validate(client, document, faq, images, photo):
    asked = client.post("/api/v1/faq/matches", ASKED, content_type="application/json")
    shown = client.post("/api/v1/images/predictions", photo, content_type="image/jpeg")
    assert (asked.status_code, shown.status_code) == (200, 200)
    validate(document, "/api/v1/faq/matches", asked)
    validate(document, "/api/v1/images/predictions", shown)


def test_problems_validate(client, document, faq, images):
    form = {"image": SimpleUploadedFile("a.txt", b"no photo")}
    validate(document, "/api/v1/images/predictions", client.post("/api/v1/images/predictions", form))
    for body, content_type in ((b"{", "application/json"), (b"{}", "application/json"), (b"{}", "text/plain")):
        response = client.post("/api/v1/faq/matches", body, content_type=content_type)
        validate(document, "/api/v1/faq/matches", response)
    faq.answers({}, 429)
    validate(
        document, "/api/v1/faq/matches", client.post("/api/v1/faq/matches", ASKED, content_type="application/json")
    )


def test_every_example_of_the_documentation_is_answered(client, document, faq):
    content = document["paths"]["/api/v1/faq/matches"]["post"]["requestBody"]["content"]["application/json"]
    assert content["examples"]
    for example in content["examples"].values():
        response = client.post("/api/v1/faq/matches", example["value"], content_type="application/json")
        answer = response.json()
        assert answer.pop("site_ms") >= 0
        assert (response.status_code, answer) == (200, scorer.MATCHES)


def test_photos_are_documented_raw_and_in_a_form(document):
    content = document["paths"]["/api/v1/images/predictions"]["post"]["requestBody"]["content"]
    assert set(content) == {"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "multipart/form-data"}


def test_photos_by_their_address_are_documented_where_they_are_fetched(client, settings):
    settings.PHOTO_WEB = Policy()
    found = SchemaGenerator().get_schema(request=None, public=True)
    described = found["paths"]["/api/v1/images/predictions"]["post"]
    assert described["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/PhotoAddressRequest"
    }
    assert "429" in described["responses"]
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/api/docs/").text).split())
    assert "application/json url string, 1 to 2,000 characters" in page


def test_the_documentation_lays_the_schema_out_without_a_script(client, document):
    page = client.get("/api/docs/").text
    assert "<script>" not in page and "<style>" not in page and "https://" not in page
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    answers = {"Matches", "Match", "Word", "Receipt", "Problem", "Predictions", "Prediction", "Evidence", "Crop"}
    assert set(re.findall(r'id="shape-(\w+)"', page)) == answers == set(re.findall(r'href="#shape-(\w+)"', page))


def test_the_documentation_shows_kinds_limits_and_defaults(client):
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/api/docs/").text).split())
    assert "question string, 1 to 2,000 characters" in page
    assert "top integer, 1 to 20, 5 unless given, optional How many entries to return." in page
    assert "words list of Word The words of your question that decided." in page
    assert "image/avif multipart/form-data image file" in page


def test_the_schema_is_published(client):
    response = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert response.status_code == 200 and response.json()["info"]["title"] == "Scoredeck"


def test_the_way_to_the_api_is_marked_where_it_leads_to_the_page_itself(client):
    page = client.get("/api/docs/").text
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == ["/api/docs/"]


def test_the_documentation_is_spanish_where_spanish_is_read_and_the_schema_never_is(client, document):
    spanish = {"Accept-Language": "es"}
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/api/docs/", headers=spanish).text).split())
    assert "top integer, de 1 a 20, 5 si no se indica, opcional Cuántas entradas devolver." in page
    assert [text for text in set(descriptions(document)) if f" {text} " in page] == ["Markdown."]
    published = client.get("/api/schema/", headers=spanish | {"Accept": "application/json"}).json()
    assert published == SchemaGenerator().get_schema(request=None, public=True)


def descriptions(part):
    if isinstance(part, list):
        return [text for item in part for text in descriptions(item)]
    if not isinstance(part, dict):
        return []
    own = [part[key] for key in ("description", "summary") if isinstance(part.get(key), str)]
    return own + [text for item in part.values() for text in descriptions(item)]
