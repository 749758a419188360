import pytest

from tests.cluster_admin.practice.objects import fill
from tests.cluster_admin.practice.served_api import served_api


@pytest.fixture
def api(tmp_path):
    """The API served over a store that `fill` has filled."""
    with served_api(tmp_path) as served:
        served.do(fill)
        yield served
