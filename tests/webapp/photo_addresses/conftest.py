import pytest

from tests.webapp import web_site
from tests.webapp.photo_addresses.by_address import LONG, new_visitor


@pytest.fixture
def client():
    """A visitor who has had nothing fetched yet."""
    return new_visitor()


@pytest.fixture
def site(photo, settings):
    """Another site, which the policy counts as public."""
    with web_site.running(photo) as running:
        settings.PHOTO_WEB = running.policy(seconds=LONG)
        yield running
