import io

import pytest
from PIL import Image

from tests.webapp import scorer


@pytest.fixture
def faq(settings):
    """The FAQ scorer that the site asks. It knows one answer until told otherwise."""
    with scorer.running(scorer.MATCHES) as running:
        settings.FAQ_URL = running.url
        yield running


@pytest.fixture
def images(settings):
    """The image scorer that the site asks."""
    with scorer.running(scorer.PREDICTIONS) as running:
        settings.IMAGES_URL = running.url
        yield running


@pytest.fixture
def nobody(settings):
    """Addresses of scorers at which nobody listens: port 9 of loopback is never served."""
    settings.FAQ_URL = settings.IMAGES_URL = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def photo() -> bytes:
    return encoded("JPEG")


def encoded(kind: str, side: int = 32) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, 24), "teal").save(out, kind)
    return out.getvalue()
