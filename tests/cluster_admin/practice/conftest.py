import pytest

from tests.cluster_admin.practice.objects import fill
from tests.cluster_admin.practice.rest import Rest
from tests.cluster_admin.practice.served_api import served_api


@pytest.fixture
def api(tmp_path):
    """The API served over a store that `fill` has filled."""
    with served_api(tmp_path) as served:
        served.do(fill)
        yield served


@pytest.fixture
def rest(api):
    """Requests to an API of the test's own."""
    with Rest(api) as session:
        yield session


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """Requests to an API that the tests of a module share: for requests that change nothing."""
    with served_api(tmp_path_factory.mktemp("api")) as served:
        served.do(fill)
        with Rest(served) as session:
            yield session
