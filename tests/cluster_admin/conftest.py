import pytest
from django.contrib.auth.models import Group, User

from tests.cluster_admin.fake_api import NAMESPACE, FakeApi, healthy, serving, write_kubeconfig


@pytest.fixture
def api():
    return healthy(FakeApi())


@pytest.fixture
def fake_cluster(api, tmp_path, settings):
    """The settings choose a cluster served by `api`; yields its kubeconfig."""
    with serving(api) as address:
        settings.CLUSTER = "kubeconfig"
        settings.KUBECONFIG = write_kubeconfig(tmp_path / "kubeconfig", address)
        settings.KUBE_CONTEXT = ""
        settings.KUBE_NAMESPACE = NAMESPACE
        yield settings.KUBECONFIG


@pytest.fixture
def people(db):
    """One user of each kind, by name."""
    made = {name: User.objects.create_user(name) for name in ("stranger", "viewer", "operator")}
    made["viewer"].groups.add(Group.objects.get(name="viewers"))
    made["operator"].groups.add(Group.objects.get(name="operators"))
    return made


@pytest.fixture
def operator(client, people):
    """A browser in which an operator is signed in."""
    client.force_login(people["operator"])
    return client
