"""The settings of a site whose image models, and whose web, are the test's own servers on loopback."""

import os

from tests.settings import *  # noqa: F403
from tests.webapp.web_site import found, public_or_here
from webapp.images.web.policy import Policy

IMAGES_URL = os.environ["TEST_IMAGES_URL"]
IMAGES_OTHER_URL = os.environ["TEST_IMAGES_OTHER_URL"]
PHOTO_WEB = Policy(frozenset({80, 443, int(os.environ["TEST_WEB_PORT"])}), public_or_here, found)
